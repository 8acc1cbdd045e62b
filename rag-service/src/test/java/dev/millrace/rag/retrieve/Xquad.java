package dev.millrace.rag.retrieve;

import dev.millrace.rag.retrieve.AskedCollections.Asked;
import dev.millrace.rag.retrieve.AskedCollections.Asked.Kind;
import dev.millrace.rag.retrieve.AskedCollections.AskedCollection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * XQuAD: 240 paragraphs of 48 articles of Wikipedia and 1,190 questions, the same in each language. CC BY-SA 4.0.
 *
 * @see <a href="https://github.com/google-deepmind/xquad">google-deepmind/xquad</a>
 */
record Xquad(String language, List<Paragraph> paragraphs, List<Question> questions) {
    /**
     * @param article from 0
     */
    record Paragraph(String id, int article, String text) {}

    /**
     * @param paragraph that answers it
     */
    record Question(String text, Paragraph paragraph) {}

    /** @param folder that has xquad.LANGUAGE.json */
    static Xquad in(Path folder, String language) throws IOException {
        List<Paragraph> paragraphs = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        JsonNode articles = JsonMapper.shared()
                .readTree(folder.resolve("xquad." + language + ".json").toFile())
                .path("data");
        for (int article = 0; article < articles.size(); article++) {
            for (JsonNode one : articles.get(article).path("paragraphs")) {
                Paragraph paragraph = new Paragraph(
                        "p" + paragraphs.size(), article, one.path("context").asString());
                paragraphs.add(paragraph);
                one.path("qas")
                        .forEach(asked -> questions.add(
                                new Question(asked.path("question").asString(), paragraph)));
            }
        }
        return new Xquad(language, paragraphs, questions);
    }

    List<String> ids() {
        return paragraphs.stream().map(Paragraph::id).toList();
    }

    List<String> texts() {
        return paragraphs.stream().map(Paragraph::text).toList();
    }

    /**
     * All paragraphs with the questions about some articles: each as it is, with its paragraph left out, and with all of its
     * article's left out, so that it is about something else.
     */
    AskedCollection asked(IntPredicate articles) {
        List<Asked> asked = new ArrayList<>();
        for (Question question : questions) {
            Paragraph paragraph = question.paragraph();
            if (articles.test(paragraph.article())) {
                Set<String> answeredBy = Set.of(paragraph.id());
                Set<String> article = paragraphs.stream()
                        .filter(one -> one.article() == paragraph.article())
                        .map(Paragraph::id)
                        .collect(Collectors.toSet());
                asked.add(new Asked(question.text(), Kind.ANSWERED, answeredBy, Set.of()));
                asked.add(new Asked(question.text(), Kind.MISSING, answeredBy, answeredBy));
                asked.add(new Asked(question.text(), Kind.OFF_TOPIC, answeredBy, article));
            }
        }
        return new AskedCollection("xquad." + language, true, ids(), texts(), asked);
    }
}
