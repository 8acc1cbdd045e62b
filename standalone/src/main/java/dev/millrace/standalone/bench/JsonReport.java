package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.MachinePeaks;
import dev.millrace.standalone.bench.LoadFigures.Newcomer;
import dev.millrace.standalone.bench.LoadFigures.Prefill;
import dev.millrace.standalone.bench.LoadFigures.SharedPrefix;
import dev.millrace.standalone.bench.LoadFigures.Users;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A benchmark as JSON, for scripts: all figures, their spread, their shares of the peaks. */
public final class JsonReport {
    private final MachinePeaks peaks;

    private JsonReport(MachinePeaks peaks) {
        this.peaks = peaks;
    }

    public static ObjectNode of(BenchReport report) {
        return new JsonReport(report.machine().peaks()).write(report);
    }

    private ObjectNode write(BenchReport report) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("at", report.at().toString());
        json.put("version", report.version());
        Machine machine = report.machine();
        json.putObject("machine")
                .put("processor", machine.processor())
                .put("cores", machine.cores())
                .put("system", machine.system())
                .put("java", machine.java())
                .put("kernels", machine.kernels());
        json.putObject("peaks")
                .put("instructions", peaks.instructions())
                .put("threads", peaks.threads())
                .put("int8_gmacs", peaks.int8GigaMacs())
                .put("float32_gmacs", peaks.float32GigaMacs())
                .put("read_gb_per_second", peaks.readGigabytes());
        LoadPlan plan = report.plan();
        json.putObject("plan")
                .put("prompt_tokens", plan.prompt())
                .put("answer_tokens", plan.answer())
                .put("prefill_tokens", plan.prefill())
                .put("repeats", plan.repeats())
                .put("seed", plan.seed());
        ArrayNode models = json.putArray("models");
        report.models().forEach(model -> models.add(model(model)));
        return json;
    }

    private ObjectNode model(ModelFigures model) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("model", model.name());
        json.put("description", model.description());
        model.loading()
                .ifPresent(loading -> json.putObject("load")
                        .put("first_ms", loading.firstMillis())
                        .put("again_ms", loading.againMillis())
                        .put("resident_bytes", loading.residentBytes()));
        if (model.residentBytes() > 0) {
            json.put("platform_resident_bytes", model.residentBytes());
        }
        Optional<ModelCost> cost = model.kernels().map(KernelFigures::cost);
        cost.ifPresent(known -> json.putObject("cost")
                .put("layer_macs_per_token", known.layerMultiplyAdds())
                .put("head_macs_per_token", known.headMultiplyAdds())
                .put("weight_bytes_per_step", known.weightBytes()));
        ArrayNode servers = json.putArray("servers");
        for (int i = 0; i < model.servers().size(); i++) {
            // the peaks and costs are those of this machine and of our own packing
            servers.add(server(model.servers().get(i), i == 0 ? cost : Optional.empty()));
        }
        if (model.servers().size() > 1) {
            ratios(
                    json.putObject("ratios"),
                    model.servers().getFirst(),
                    model.servers().getLast());
        }
        ArrayNode products = json.putArray("products");
        model.kernels().ifPresent(kernels -> kernels.products().forEach(product -> products.add(product(product))));
        return json;
    }

    private ObjectNode server(LoadFigures figures, Optional<ModelCost> cost) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("server", figures.server().title());
        json.put("url", figures.server().base().toString());
        json.put("model", figures.server().model());
        figures.prefill().ifPresent(prefill -> prefill(json.putObject("prefill"), prefill, cost));
        figures.longPrefill().ifPresent(prefill -> prefill(json.putObject("long_prefill"), prefill, cost));
        ArrayNode users = json.putArray("users");
        figures.users().forEach(row -> users.add(users(row, cost)));
        figures.newcomer().ifPresent(newcomer -> newcomer(json.putObject("newcomer"), newcomer));
        figures.sharedPrefix().ifPresent(shared -> sharedPrefix(json.putObject("shared_prefix"), shared));
        ArrayNode notes = json.putArray("notes");
        figures.notes().forEach(notes::add);
        return json;
    }

    private void prefill(ObjectNode json, Prefill prefill, Optional<ModelCost> cost) {
        json.put("prompt_tokens", prefill.promptTokens());
        spread(json.putObject("first_token_ms"), prefill.firstMillis());
        spread(json.putObject("tokens_per_second"), prefill.perSecond());
        cost.ifPresent(known ->
                json.put("share_of_int8", Share.ofPrefill(known, prefill, peaks).int8()));
    }

    private ObjectNode users(Users row, Optional<ModelCost> cost) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("users", row.count());
        json.put("prompt_tokens", row.promptTokens());
        json.put("answer_tokens", row.answerTokens());
        spread(json.putObject("decode_tokens_per_second"), row.decodePerSecond());
        spread(json.putObject("tokens_per_second_with_prompts"), row.wholePerSecond());
        spread(json.putObject("first_token_ms"), row.firstMillis());
        cost.ifPresent(known -> share(json, Share.ofDecode(known, row, peaks)));
        return json;
    }

    private static void newcomer(ObjectNode json, Newcomer newcomer) {
        json.put("others", newcomer.others());
        json.put("prompt_tokens", newcomer.promptTokens());
        spread(json.putObject("first_token_ms_alone"), newcomer.aloneMillis());
        spread(json.putObject("first_token_ms_beside"), newcomer.besideMillis());
        json.put("slowdown", newcomer.slowdown());
        gaps(json.putObject("others_gaps_ms_before"), newcomer.before());
        gaps(json.putObject("others_gaps_ms_meanwhile"), newcomer.during());
    }

    private static void sharedPrefix(ObjectNode json, SharedPrefix shared) {
        json.put("prefix_tokens", shared.prefixTokens());
        json.put("cached_tokens", shared.cachedTokens());
        spread(json.putObject("first_token_ms_first"), shared.firstMillis());
        spread(json.putObject("first_token_ms_second"), shared.secondMillis());
        json.put("decode_step_ms", shared.decodeStepMillis());
        json.put("steps", shared.steps());
    }

    private ObjectNode product(Product product) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("role", product.role());
        json.put("type", product.type().name());
        json.put("rows", product.rows());
        json.put("columns", product.columns());
        json.put("count", product.count());
        json.put("bytes", product.bytes());
        json.put("tokens", product.tokens());
        spread(json.putObject("us"), product.micros());
        json.put("gmacs", product.gigaMacs());
        json.put("gb_per_second", product.gigabytes());
        share(json, Share.of(product, peaks));
        return json;
    }

    /** Above 1 where this platform is better. */
    private static void ratios(ObjectNode json, LoadFigures own, LoadFigures other) {
        if (own.prefill().isPresent() && other.prefill().isPresent()) {
            json.put(
                    "prefill",
                    Ratio.of(
                            own.prefill().get().perSecond().median(),
                            other.prefill().get().perSecond().median(),
                            true));
        }
        for (Users row : own.users()) {
            other.usersOf(row.count())
                    .ifPresent(theirs -> json.put(
                            "users_" + row.count(),
                            Ratio.of(
                                    row.decodePerSecond().median(),
                                    theirs.decodePerSecond().median(),
                                    true)));
        }
        if (own.newcomer().isPresent() && other.newcomer().isPresent()) {
            json.put(
                    "first_token_beside",
                    Ratio.of(
                            own.newcomer().get().besideMillis().median(),
                            other.newcomer().get().besideMillis().median(),
                            false));
        }
        if (own.sharedPrefix().isPresent() && other.sharedPrefix().isPresent()) {
            json.put(
                    "shared_prefix",
                    Ratio.of(
                            own.sharedPrefix().get().secondMillis().median(),
                            other.sharedPrefix().get().secondMillis().median(),
                            false));
        }
    }

    private static void share(ObjectNode json, Share share) {
        json.put("share_of_int8", share.int8());
        json.put("share_of_read", share.read());
    }

    private static void spread(ObjectNode json, Spread spread) {
        json.put("median", spread.median());
        json.put("low", spread.low());
        json.put("high", spread.high());
        json.put("count", spread.count());
    }

    private static void gaps(ObjectNode json, Gaps gaps) {
        json.put("median", gaps.median());
        json.put("p99", gaps.p99());
        json.put("max", gaps.max());
        json.put("count", gaps.count());
    }
}
