package dev.millrace.tokenizer;

import dev.millrace.tokenizer.grpc.TokenizerService;
import dev.millrace.tokenizer.models.ModelList;
import dev.millrace.tokenizer.models.Models;
import dev.millrace.tokenizer.vocabulary.TokenizerCache;
import dev.millrace.tokenizer.vocabulary.TokenizerFiles;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the service is made of. */
@Configuration(proxyBeanMethods = false)
class TokenizerConfiguration {
    @Bean
    Models models(@Value("${millrace.models}") String models, @Value("${millrace.home}") Path home) {
        Path cache = home.resolve("cache");
        // DJL and what it looks for GPUs with unpack native libraries; whatever we write lies under our home
        System.setProperty("DJL_CACHE_DIR", cache.resolve("djl").toString());
        System.setProperty("jna.tmpdir", cache.resolve("jna").toString());
        return Models.load(
                ModelList.parse(models), new TokenizerFiles(new TokenizerCache(cache.resolve("tokenizers"))));
    }

    @Bean
    TokenizerService tokenizerService(Models models) {
        return new TokenizerService(models);
    }

    @Bean
    HealthIndicator modelsHealthIndicator(Models models) {
        return new ModelsHealth(models);
    }
}
