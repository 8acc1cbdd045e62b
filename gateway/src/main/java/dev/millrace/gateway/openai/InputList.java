package dev.millrace.gateway.openai;

import dev.millrace.gateway.conversation.KeptResponse.Turn;
import java.util.ArrayList;
import java.util.List;

/** What a response answered, as OpenAI lists it. */
final class InputList {
    private InputList() {}

    record Part(String type, String text) {}

    record Item(String id, String type, String status, String role, List<Part> content) {}

    /**
     * @param response its id, which makes the items' own
     */
    static List<Item> items(String response, List<Turn> turns) {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < turns.size(); i++) {
            Turn turn = turns.get(i);
            String type = turn.role().equals("assistant") ? "output_text" : "input_text";
            items.add(new Item(
                    response.replace("resp_", "msg_") + "_in" + i,
                    "message",
                    "completed",
                    turn.role(),
                    List.of(new Part(type, turn.text()))));
        }
        return items;
    }
}
