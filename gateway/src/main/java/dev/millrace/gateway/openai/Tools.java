package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.Ranker;
import dev.millrace.gateway.grounded.FileSearch;
import dev.millrace.gateway.grounded.Judge;
import dev.millrace.gateway.grounded.Manner;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** Reads {@code tools} and {@code tool_choice}: of OpenAI's tools there is file_search, which a request uses whenever it has it. */
final class Tools {
    private static final int MOST_TOOLS = 128;
    private static final int MOST_STORES = 100;
    private static final int MOST_RESULTS = 50;
    private static final int DEFAULT_RESULTS = 10;
    private static final String FILE_SEARCH = "file_search";

    private Tools() {}

    /**
     * Absent where documents are not to be searched.
     *
     * @param choicesWithoutTools what {@code tool_choice} may be where there are no tools
     */
    static Optional<FileSearch> read(Fields request, Set<String> choicesWithoutTools) {
        request.unsupported("parallel_tool_calls", JsonNode::isBoolean);
        List<FileSearch> searches = request.list("tools", MOST_TOOLS, Tools::tool);
        if (searches.size() > 1) {
            throw Refusal.invalid(
                            "tools",
                            "tools may have one file_search, which may name several vector stores; had "
                                    + searches.size())
                    .exception();
        }
        if (searches.isEmpty()) {
            request.unsupported("tool_choice", Unsupported.oneOf(choicesWithoutTools));
            return Optional.empty();
        }
        boolean none = request.find("tool_choice")
                .filter(choice -> choice.isString() && choice.stringValue().equals("none"))
                .isPresent();
        request.unsupported("tool_choice", Tools::isChoiceOfSearch);
        return none ? Optional.empty() : Optional.of(searches.getFirst());
    }

    /** The tools have one that searches files, so that what is said of the others is moot. */
    private static boolean isChoiceOfSearch(JsonNode choice) {
        if (choice.isString()) {
            return Set.of("none", "auto", "required").contains(choice.stringValue());
        }
        Predicate<JsonNode> isSearch =
                type -> type.isString() && type.stringValue().equals(FILE_SEARCH);
        return choice.isObject() && isSearch.test(choice.path("type"));
    }

    private static FileSearch tool(JsonNode value, String path) {
        Fields tool = Fields.of(value, path);
        String type = tool.requiredString("type");
        if (!type.equals(FILE_SEARCH)) {
            throw notSupported(path, type);
        }
        if (!tool.has("vector_store_ids")) {
            throw tool.missing("vector_store_ids");
        }
        List<String> stores = tool.list("vector_store_ids", MOST_STORES, Fields::text);
        if (stores.isEmpty()) {
            throw Refusal.invalid(
                            tool.at("vector_store_ids"),
                            tool.at("vector_store_ids") + " is empty: name the vector stores to search")
                    .exception();
        }
        Optional<Fields> ranking = tool.object("ranking_options");
        FileSearch search = new FileSearch(
                stores,
                tool.integer("max_num_results", 1, MOST_RESULTS).orElse(DEFAULT_RESULTS),
                tool.find("filters").map(filter -> SearchFilters.read(filter, tool.at("filters"))),
                ranking.map(Tools::ranker).orElse(Ranker.RANKER_AUTO),
                ranking.map(options -> options.number("score_threshold", 0, 1)).orElse(OptionalDouble.empty()),
                tool.flag("rewrite_query", false));
        ranking.ifPresent(options -> {
            options.unsupported("hybrid_search", Unsupported::never);
            options.refuseOthers();
        });
        tool.refuseOthers();
        return search;
    }

    /**
     * How an answer from documents is made: the object {@code millrace}, an extension of ours.
     *
     * @param searches whether documents are searched
     */
    static Manner manner(Fields request, boolean searches) {
        Optional<Fields> ours = request.object("millrace");
        if (ours.isEmpty()) {
            return Manner.PLAIN;
        }
        Fields options = ours.get();
        Manner manner = new Manner(
                options.string("judge").map(word -> judge(word, options.at("judge"))),
                options.flag("step_by_step", false));
        options.refuseOthers();
        if (!searches && !manner.equals(Manner.PLAIN)) {
            throw Refusal.invalid(
                            "millrace",
                            "millrace.judge and millrace.step_by_step are of answers from documents: they need the tool"
                                    + " file_search")
                    .exception();
        }
        return manner;
    }

    private static Judge judge(String word, String path) {
        return Judge.named(word)
                .orElseThrow(() -> Refusal.invalid(
                                path, path + " must be check, model or vote, was \"" + Fields.shorten(word) + "\"")
                        .exception());
    }

    private static Ranker ranker(Fields options) {
        String ranker = options.string("ranker").orElse("auto");
        return switch (ranker) {
            case "auto", "default-2024-11-15" -> Ranker.RANKER_AUTO;
            case "none" -> Ranker.RANKER_NONE;
            default ->
                throw Refusal.invalid(
                                options.at("ranker"),
                                options.at("ranker") + " must be auto, default-2024-11-15 or none, was \""
                                        + Fields.shorten(ranker) + "\"")
                        .exception();
        };
    }

    private static RefusedException notSupported(String path, String type) {
        return Refusal.of(
                        Refusal.Kind.INVALID,
                        "unsupported_parameter",
                        path + " of type \"" + Fields.shorten(type) + "\" is not supported yet: file_search is")
                .at(path + ".type")
                .exception();
    }
}
