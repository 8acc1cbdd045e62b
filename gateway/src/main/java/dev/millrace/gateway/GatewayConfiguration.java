package dev.millrace.gateway;

import dev.millrace.gateway.backend.Channels;
import dev.millrace.gateway.backend.EngineClient;
import dev.millrace.gateway.backend.Fleet;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.backend.TrainingClient;
import dev.millrace.gateway.generation.Aside;
import dev.millrace.gateway.generation.Embedder;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Ledger;
import dev.millrace.gateway.generation.Models;
import dev.millrace.gateway.grounded.GroundedAnswers;
import dev.millrace.gateway.grpc.GrpcBounds;
import dev.millrace.gateway.limit.Limits;
import dev.millrace.gateway.openai.HttpBounds;
import dev.millrace.gateway.route.Replica;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.upstream.Passthrough;
import dev.millrace.gateway.usage.Usages;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;

/** What the gateway is made of, but for its stores. */
@Configuration(proxyBeanMethods = false)
@ComponentScan({"dev.millrace.gateway.openai", "dev.millrace.gateway.documents", "dev.millrace.gateway.grpc"})
@EnableConfigurationProperties({
    GatewaySettings.class,
    UpstreamSettings.class,
    GroundedSettings.class,
    HttpBounds.class,
    GrpcBounds.class
})
class GatewayConfiguration {
    @Bean
    Channels channels() {
        return new Channels();
    }

    @Bean
    TokenizerClient tokenizer(Channels channels, GatewaySettings settings, Routes routes) {
        return new TokenizerClient(channels.to(settings.tokenizer().address()), routes::tokenizer);
    }

    @Bean
    RagClient rag(Channels channels, GatewaySettings settings) {
        return new RagClient(channels.to(settings.rag().address()));
    }

    @Bean
    TrainingClient training(Channels channels, GatewaySettings settings) {
        return new TrainingClient(channels.to(settings.training().address()));
    }

    @Bean
    EngineClient engines(Channels channels) {
        return new EngineClient(channels);
    }

    @Bean
    Routes routes(UpstreamSettings settings) {
        return new Routes(settings.upstreams().stream()
                .map(UpstreamSettings.Entry::upstream)
                .toList());
    }

    @Bean
    Passthrough passthrough(Ledger ledger) {
        return new Passthrough(ledger);
    }

    @Bean
    Fleet fleet(EngineClient engines, Routes routes, GatewaySettings settings) {
        return new Fleet(
                engines,
                routes,
                settings.inference().addresses().stream().map(Replica::new).toList(),
                settings.inference().interval());
    }

    @Bean
    Ledger ledger(Limits limits, Usages usages) {
        return new Ledger(limits, usages);
    }

    @Bean
    Generator generator(Ledger ledger, Routes routes, EngineClient engines, GatewaySettings settings) {
        return new Generator(ledger, routes, engines, settings.inference().maxWaitingEvents());
    }

    @Bean
    GroundedAnswers groundedAnswers(
            RagClient rag, TokenizerClient tokenizer, Generator generator, Ledger ledger, GroundedSettings settings) {
        return new GroundedAnswers(
                rag,
                tokenizer,
                generator,
                ledger,
                new GroundedAnswers.Limits(
                        settings.maxSourceTokens(),
                        settings.minScore(),
                        settings.leastRelevance(),
                        settings.judge(),
                        settings.judgeThreshold()));
    }

    @Bean
    Aside aside(TokenizerClient tokenizer, Generator generator) {
        return new Aside(tokenizer, generator);
    }

    @Bean
    Embedder embedder(Ledger ledger, Routes routes, EngineClient engines) {
        return new Embedder(ledger, routes, engines);
    }

    @Bean
    Models models(Routes routes) {
        return new Models(routes);
    }
}
