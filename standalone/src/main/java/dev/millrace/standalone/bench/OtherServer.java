package dev.millrace.standalone.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Another server of OpenAI's API, to compare with. */
public final class OtherServer {
    private OtherServer() {}

    /**
     * Finds what it calls the model.
     *
     * @param wanted as the user names it there; empty to look
     * @param ownModel as it is called here: taken where the other lists it too
     * @throws IOException if it can't be reached, or lists several models and none of that name
     */
    public static Server find(String url, Optional<String> key, Optional<String> wanted, String ownModel)
            throws IOException {
        String title = title(url);
        if (wanted.isPresent()) {
            return Server.at(title, url, key, wanted.get());
        }
        Server unnamed = Server.at(title, url, key, ownModel);
        List<String> names = new ArrayList<>();
        for (JsonNode model :
                new CompletionClient(unnamed).get(unnamed.path("/models")).path("data")) {
            names.add(model.path("id").asString(""));
        }
        if (names.contains(ownModel) || names.isEmpty()) {
            return unnamed;
        }
        if (names.size() > 1) {
            throw new IOException(title + " has the models " + String.join(", ", names)
                    + ": say which to compare with, by --compare-model NAME.");
        }
        return Server.at(title, url, key, names.getFirst());
    }

    /** Its address, as short as it can be told. */
    private static String title(String url) {
        return Server.base(url).getAuthority();
    }
}
