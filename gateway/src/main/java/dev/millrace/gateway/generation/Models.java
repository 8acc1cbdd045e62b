package dev.millrace.gateway.generation;

import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.route.ServedModel;
import java.time.Duration;

/** What stands behind a model's name, for this caller. */
public final class Models {
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final int LONGEST_NAME = 200;

    private final Routes routes;

    public Models(Routes routes) {
        this.routes = routes;
    }

    /**
     * @throws RefusedException where the caller's key is not for inference, or opens no model of that name, or it is not
     *     ready
     */
    public Route.Served find(RequestContext context, String model) {
        context.require(Scope.INFERENCE);
        Route route =
                isName(model) && context.caller().mayUse(model) ? routes.find(model) : new Route.UnknownModel(model);
        return switch (route) {
            case Route.Served served -> served;
            case Route.NotReady notReady -> throw notReady(notReady).exception();
            case Route.UnknownModel unknown ->
                throw Refusal.unknownModel(unknown.model()).exception();
        };
    }

    /** A pattern of an upstream may take in any name; usage, which is kept by names, can't. */
    private static boolean isName(String model) {
        return model.length() <= LONGEST_NAME && model.chars().noneMatch(Character::isISOControl);
    }

    /** For what only engines of ours can do. */
    public Route.Engines engines(RequestContext context, String model) {
        return switch (find(context, model)) {
            case Route.Engines engines -> engines;
            case Route.Server _ ->
                throw Refusal.invalid("model", "the model '" + model + "' is served elsewhere, which cannot do this")
                        .exception();
        };
    }

    private static Refusal notReady(Route.NotReady route) {
        ServedModel model = route.model();
        return model.state() == ServedModel.State.FAILED
                ? Refusal.overloaded(
                        "model_failed",
                        "the model '" + model.name() + "' could not be loaded: " + model.reason(),
                        Duration.ofMinutes(1))
                : Refusal.overloaded(
                        "model_loading", "the model '" + model.name() + "' is being loaded: try again", SOON);
    }
}
