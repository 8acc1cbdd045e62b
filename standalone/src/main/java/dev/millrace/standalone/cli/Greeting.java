package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Build;
import dev.millrace.standalone.launch.ModelStates.ModelState;
import dev.millrace.standalone.launch.Plan;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a user needs to know once the platform runs. */
final class Greeting {
    private Greeting() {}

    static String of(Plan plan, List<ModelState> models, String key, long startMillis) {
        return String.format(
                Locale.ROOT,
                """
                Millrace %s is up, after %.1f s.

                  OpenAI API  %s/v1
                  gRPC        %s
                  Models      %s
                  Key         %s  (kept in %s)

                Try it:

                %s

                or ./millrace chat. Ctrl-C or ./millrace down stops it.
                """,
                Build.current().version(),
                startMillis / 1000.0,
                plan.url(),
                plan.grpc(),
                models.stream().map(ModelState::name).collect(Collectors.joining(", ")),
                key,
                plan.home().key(),
                curl(plan.url(), key, models));
    }

    /** A line that can be pasted; a base model completes text instead of chatting. */
    static String curl(String url, String key, List<ModelState> models) {
        ModelState model = models.stream().filter(ModelState::chats).findFirst().orElse(models.getFirst());
        String path = model.chats() ? "/v1/chat/completions" : "/v1/completions";
        String body = model.chats()
                ? "\"messages\":[{\"role\":\"user\",\"content\":\"What is a millrace?\"}]"
                : "\"prompt\":\"A millrace is\",\"max_tokens\":40";
        return "curl " + url + path + " -H \"Authorization: Bearer " + key
                + "\" -H \"Content-Type: application/json\" -d '{\"model\":\"" + model.name() + "\"," + body + "}'";
    }
}
