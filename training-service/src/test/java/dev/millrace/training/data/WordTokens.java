package dev.millrace.training.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A tokenizer of one token a character, with a chat template of its own. */
public class WordTokens implements Tokens {
    static final int OPEN = 1;
    static final int CLOSE = 2;

    @Override
    public int[] chat(List<ChatMessage> messages, List<String> tools, boolean opensAnswer) throws RefusedChatException {
        List<Integer> ids = new ArrayList<>();
        for (ChatMessage message : messages) {
            if ("developer".equals(message.role())) {
                throw new RefusedChatException("unknown role developer");
            }
            ids.add(OPEN);
            add(ids, message.role() + "\n" + message.content());
            ids.add(CLOSE);
        }
        if (opensAnswer) {
            ids.add(OPEN);
            add(ids, "assistant\n");
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void add(List<Integer> ids, String text) {
        text.chars().forEach(character -> ids.add(3 + character % 90));
    }

    @Override
    public String decoded(int[] ids) {
        return Arrays.stream(ids)
                .filter(id -> id > CLOSE)
                .mapToObj(id -> String.valueOf((char) (id - 3 + 90)))
                .collect(Collectors.joining());
    }

    @Override
    public Set<Integer> control(int[] ids) {
        return Arrays.stream(ids).filter(id -> id <= CLOSE).boxed().collect(Collectors.toSet());
    }

    @Override
    public int[] text(String text, boolean special) {
        List<Integer> ids = new ArrayList<>();
        add(ids, text);
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }
}
