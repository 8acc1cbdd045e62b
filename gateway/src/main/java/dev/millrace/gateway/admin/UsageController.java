package dev.millrace.gateway.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.gateway.openai.Database;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.usage.UsageTable;
import dev.millrace.gateway.usage.UsageTable.Dimension;
import dev.millrace.gateway.usage.UsageTable.Question;
import dev.millrace.gateway.usage.UsageTable.Total;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * {@code GET /admin/usage?from=2026-11-01&to=2026-11-30&key_id=...&model=...&group_by=day,key,model}: sums of what has
 * arrived in the database. Days are UTC; without {@code from} and {@code to} they are this month's.
 */
@RestController
final class UsageController {
    private static final List<String> PARAMETERS = List.of("from", "to", "key_id", "model", "group_by");

    private final UsageTable table;
    private final InstantSource clock;
    private final Json json;

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Sum(
            Optional<String> day,
            Optional<String> keyId,
            Optional<String> model,
            long requests,
            long promptTokens,
            long completionTokens,
            long cachedTokens) {}

    record Report(String object, String from, String to, List<Sum> data) {}

    UsageController(UsageTable table, InstantSource clock, Json json) {
        this.table = table;
        this.clock = clock;
        this.json = json;
    }

    @GetMapping("/admin/usage")
    Mono<Void> report(ServerWebExchange exchange) {
        Admission.check(exchange);
        Question question = question(exchange.getRequest().getQueryParams());
        return Database.ask(() -> table.report(question))
                .map(totals -> new Report(
                        "list",
                        question.from().toString(),
                        question.to().toString(),
                        totals.stream().map(UsageController::sum).toList()))
                .flatMap(report -> json.write(exchange, report));
    }

    private Question question(MultiValueMap<String, String> parameters) {
        parameters.keySet().stream()
                .filter(name -> !PARAMETERS.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw Refusal.invalid(
                                    Fields.shorten(name),
                                    "the report takes " + String.join(", ", PARAMETERS) + ", had "
                                            + Fields.shorten(name))
                            .exception();
                });
        LocalDate today = clock.instant().atOffset(ZoneOffset.UTC).toLocalDate();
        LocalDate from = day(parameters, "from").orElse(today.withDayOfMonth(1));
        LocalDate to = day(parameters, "to").orElse(today);
        if (to.isBefore(from)) {
            throw Refusal.invalid("to", "to must not be before from, was " + to + ", and from is " + from)
                    .exception();
        }
        List<Dimension> by = Optional.ofNullable(parameters.getFirst("group_by")).stream()
                .flatMap(names -> Stream.of(names.split(",", -1)))
                .map(UsageController::dimension)
                .distinct()
                .toList();
        return new Question(
                from,
                to,
                Optional.ofNullable(parameters.getFirst("key_id")),
                Optional.ofNullable(parameters.getFirst("model")),
                by);
    }

    private static Dimension dimension(String name) {
        return switch (name) {
            case "day" -> Dimension.DAY;
            case "key" -> Dimension.KEY;
            case "model" -> Dimension.MODEL;
            default ->
                throw Refusal.invalid(
                                "group_by",
                                "group_by takes day, key and model, separated by commas; had " + Fields.shorten(name))
                        .exception();
        };
    }

    private static Optional<LocalDate> day(MultiValueMap<String, String> parameters, String name) {
        try {
            return Optional.ofNullable(parameters.getFirst(name)).map(LocalDate::parse);
        } catch (DateTimeException wrong) {
            throw Refusal.invalid(
                            name,
                            name + " must be a day such as 2026-11-01, was "
                                    + Fields.shorten(String.valueOf(parameters.getFirst(name))))
                    .exception();
        }
    }

    private static Sum sum(Total total) {
        return new Sum(
                total.day().map(LocalDate::toString),
                total.keyId(),
                total.model(),
                total.requests(),
                total.promptTokens(),
                total.completionTokens(),
                total.cachedTokens());
    }
}
