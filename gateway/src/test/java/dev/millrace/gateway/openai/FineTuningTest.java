package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.Hyperparameters;
import dev.millrace.contracts.v1.JobSpec;
import dev.millrace.contracts.v1.Preference;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.FakeTraining;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.WholeGateway;
import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.gateway.keys.NewKey;
import dev.millrace.gateway.keys.Scope;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code /v1/fine_tuning/jobs} in front of a service that speaks the contract. */
class FineTuningTest {
    private static final String JOBS = "/v1/fine_tuning/jobs";

    @TempDir
    static Path folder;

    private static final FakeBackend BACKEND = new FakeBackend();
    private static final FakeTraining TRAINING = new FakeTraining();
    private static TestDatabase database;
    private static WholeGateway gateway;
    private static Client client;
    private static Client other;
    private static Description description;
    private static String file;
    private static String document;

    @BeforeAll
    static void start() throws Exception {
        database = new TestDatabase();
        gateway = new WholeGateway(
                database.url(),
                "127.0.0.1:1",
                BACKEND,
                folder.resolve("journal"),
                "millrace.files.folder=" + folder.resolve("files"),
                "millrace.files.keep-free=0B",
                "millrace.training.address=" + TRAINING.address());
        KeyRegister keys = gateway.context().getBean(KeyRegister.class);
        client = new Client(
                gateway::url,
                keys.create(NewKey.named("one", Scope.INFERENCE)).secret().reveal());
        other = new Client(
                gateway::url,
                keys.create(NewKey.named("other", Scope.INFERENCE)).secret().reveal());
        description = new Description(Client.json(client.get("/openapi.json")));
        file = send("fine-tune");
        document = send("user_data");
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
        TRAINING.close();
        database.close();
        BACKEND.close();
    }

    private static String send(String purpose) {
        String form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose
                + "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n{}\r\n--b--\r\n";
        return Client.json(client.send(client.request("/v1/files")
                        .header("Content-Type", "multipart/form-data; boundary=b")
                        .POST(BodyPublishers.ofString(form))))
                .path("id")
                .stringValue();
    }

    private static String body(String fields) {
        return BadInputTest.quoted("{'model':'tiny','training_file':'" + file + "'" + fields + "}");
    }

    private static JsonNode make(String fields) {
        description.check(description.requestSchema("post " + JOBS), Client.json(body(fields)));
        return Client.json(description.ask(
                client,
                "post " + JOBS,
                200,
                client.request(JOBS)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body(fields)))));
    }

    private static JobSpec spec(JsonNode job) {
        return TRAINING.spec(job.path("id").stringValue());
    }

    @Test
    void a_job_is_made_of_openai_s_fields_and_of_ours() {
        JsonNode job = make(",'suffix':'support','seed':7,'metadata':{'team':'x'},'validation_file':'" + file
                + "','method':{'type':'supervised','supervised':{'hyperparameters':"
                + "{'n_epochs':5,'batch_size':'auto','learning_rate_multiplier':0.5}}},'millrace':"
                + "{'max_tokens':256,'samples':0,'schedule':'linear','warmup_steps':3,'evaluate_every':2,"
                + "'optimizer':'sgd','momentum':0.9,'max_grad_value':2,'neftune_noise_alpha':5,'gradient_checkpointing':true,'frozen':'nf4','early_stopping_patience':3,"
                + "'l2_sp':0.01,'ewc':0.5,'mix_share':0.2,'mix_file':'" + file + "',"
                + "'lora':{'rank':8,'alpha':16,'target_modules':['q_proj','v_proj']}}");
        JobSpec spec = spec(job);
        assertThat(spec.getTrainingFile()).isEqualTo(file);
        assertThat(spec.getValidationFile()).isEqualTo(file);
        assertThat(spec.getAdapter()).isEqualTo("support");
        assertThat(spec.getTenant()).startsWith("key_");
        assertThat(spec.getMetadataMap()).containsEntry("team", "x");
        assertThat(spec.getHyperparameters())
                .isEqualTo(Hyperparameters.newBuilder()
                        .setEpochs(5)
                        .setLearningRateMultiplier(0.5)
                        .setSeed(7)
                        .setMaxTokens(256)
                        .setSchedule(Hyperparameters.Schedule.LINEAR)
                        .setWarmupSteps(3)
                        .setEvaluateEvery(2)
                        .setOptimizer(Hyperparameters.Optimizer.SGD)
                        .setMomentum(0.9)
                        .setMaxGradValue(2)
                        .setNeftuneNoiseAlpha(5)
                        .setGradientCheckpointing(true)
                        .setFrozen(Hyperparameters.Frozen.NF4)
                        .setEarlyStoppingPatience(3)
                        .setL2Sp(0.01)
                        .setEwc(0.5)
                        .build());
        assertThat(spec.getMixFile()).isEqualTo(file);
        assertThat(spec.getMixShare()).isEqualTo(0.2);
        assertThat(spec.hasSamples()).isTrue();
        assertThat(spec.getSamples()).isZero();
        assertThat(spec.getMixFormat()).isEqualTo(spec.getTrainingFormat()).isEqualTo("jsonl");
        assertThat(spec.getLora().getRank()).isEqualTo(8);
        assertThat(spec.getLora().getTargetModulesList()).containsExactly("q_proj", "v_proj");
        assertThat(job.path("object").stringValue()).isEqualTo("fine_tuning.job");
        assertThat(job.at("/millrace/lora/rank").asInt()).isEqualTo(8);
        assertThat(job.path("finished_at").isNull()).isTrue();
        assertThat(job.path("trained_tokens").isNull()).isTrue();
    }

    @Test
    void all_weights_or_magnitudes_may_be_trained() {
        JsonNode job = make(",'suffix':'grown','millrace':{'full_weights':true}");
        assertThat(spec(job).getFullWeights()).isTrue();
        assertThat(spec(job).hasLora()).isFalse();
        assertThat(job.at("/millrace/full_weights").asBoolean()).isTrue();
        assertThat(job.at("/millrace/lora").isMissingNode()).isTrue();
        assertThat(spec(make(",'millrace':{'lora':{'dora':true}}")).getLora().getDora())
                .isTrue();
        JsonNode reward = make(",'method':{'type':'reward','reward':{'hyperparameters':{'n_epochs':2}}}");
        assertThat(spec(reward).hasReward()).isTrue();
        assertThat(reward.at("/method/type").stringValue()).isEqualTo("reward");
        assertThat(reward.at("/method/reward/hyperparameters/n_epochs").asInt()).isEqualTo(2);
    }

    @Test
    void hyperparameters_stand_at_the_top_too_as_they_did_once() {
        assertThat(spec(make(",'hyperparameters':{'n_epochs':2,'batch_size':3,'learning_rate_multiplier':'auto'}"))
                        .getHyperparameters())
                .isEqualTo(Hyperparameters.newBuilder()
                        .setEpochs(2)
                        .setBatchSize(3)
                        .build());
    }

    @Test
    void preferences_have_their_own_settings() {
        JobSpec spec = spec(make(",'method':{'type':'dpo','dpo':{'hyperparameters':{'beta':0.3}}},"
                + "'millrace':{'loss':'ipo','label_smoothing':0.1}"));
        assertThat(spec.getPreference())
                .isEqualTo(Preference.newBuilder()
                        .setBeta(0.3)
                        .setLoss(Preference.Loss.IPO)
                        .setLabelSmoothing(0.1)
                        .build());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ,'method':{'type':'reinforcement'}                                        | method.type | supervised, dpo or reward
            ,'method':{'type':'supervised','supervised':{'hyperparameters':{'beta':1}}} | method.supervised.hyperparameters.beta | unrecognized
            ,'method':{'type':'dpo','dpo':{'hyperparameters':{'epochs':1}}}           | method.dpo.hyperparameters.epochs | unrecognized
            ,'hyperparameters':{'n_epochs':0}                                         | hyperparameters.n_epochs | was 0
            ,'hyperparameters':{'n_epochs':'many'}                                    | hyperparameters.n_epochs | whole number
            ,'hyperparameters':{'batch_size':1.5}                                     | hyperparameters.batch_size | whole number
            ,'suffix':'../x'                                                          | suffix | ../x
            ,'millrace':{'loss':'ipo'}                                                | millrace.loss | unrecognized
            ,'millrace':{'schedule':'steep'}                                          | millrace.schedule | cosine, linear, constant
            ,'millrace':{'optimizer':'adam'}                                          | millrace.optimizer | adamw, lamb, sgd
            ,'millrace':{'lora':{'rank':100000}}                                      | millrace.lora.rank | was 100000
            ,'millrace':{'full_weights':true,'lora':{'rank':8}}                       | millrace.lora | full_weights is true
            ,'millrace':{'mix_share':1}                                               | millrace.mix_share | 0.9
            ,'millrace':{'samples':21}                                                | millrace.samples | was 21
            ,'millrace':{'l2_sp':-1}                                                  | millrace.l2_sp | was -1
            ,'millrace':{'mix_file':'file-none'}                                      | millrace.mix_file | file-none
            ,'integrations':[{'type':'wandb'}]                                        | integrations | not supported
            ,'metadata':{'a':1}                                                       | metadata.a | string
            ,'colour':'red'                                                           | colour | unrecognized
            ,'suffix':'taken'                                                         | suffix | there is an adapter
            """)
    void what_cannot_be_meant_is_refused_by_name(String fields, String param, String message) {
        JsonNode error = BadInputTest.error(client.post(JOBS, body(fields)), 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).contains(message);
    }

    @Test
    void a_model_and_a_file_must_be_there_for_the_caller() {
        JsonNode model = BadInputTest.error(client.post(JOBS, body("").replace("tiny", "huge")), 400);
        assertThat(model.path("code").stringValue()).isEqualTo("model_not_found");
        assertThat(model.path("param").stringValue()).isEqualTo("model");
        for (String missing : List.of("file-none", document)) {
            JsonNode error = BadInputTest.error(client.post(JOBS, body("").replace(file, missing)), 400);
            assertThat(error.path("param").stringValue()).isEqualTo("training_file");
            assertThat(error.path("message").stringValue()).contains("fine-tune");
        }
        JsonNode unseen = BadInputTest.error(client.post(JOBS, body(",'validation_file':'file-none'")), 400);
        assertThat(unseen.path("param").stringValue()).isEqualTo("validation_file");
        assertThat(BadInputTest.error(other.post(JOBS, body("")), 400)
                        .path("code")
                        .stringValue())
                .isEqualTo("file_not_found");
    }

    @Test
    void a_job_is_its_tenant_s_alone() {
        String id = make("").path("id").stringValue();
        for (String path : List.of("", "/events", "/events?stream=true", "/checkpoints")) {
            assertThat(other.get(JOBS + "/" + id + path).statusCode()).as(path).isEqualTo(404);
            assertThat(client.get(JOBS + "/" + id + path).statusCode()).as(path).isEqualTo(200);
        }
        for (String word : List.of("cancel", "pause", "resume")) {
            assertThat(other.post(JOBS + "/" + id + "/" + word, "").statusCode())
                    .isEqualTo(404);
        }
        assertThat(Client.json(other.get(JOBS)).path("data")).isEmpty();
        assertThat(Client.json(client.get(JOBS)).path("data")).isNotEmpty();
    }

    @Test
    void a_job_that_has_ended_leaves_its_steps_as_a_table() {
        String id = make("").path("id").stringValue();
        assertThat(Client.json(client.get(JOBS + "/" + id)).path("result_files"))
                .isEmpty();
        client.post(JOBS + "/" + id + "/cancel", "");
        String table =
                Client.json(client.get(JOBS + "/" + id)).at("/result_files/0").stringValue();
        HttpResponse<String> content = client.get("/v1/files/" + table + "/content");
        assertThat(content.body())
                .isEqualTo("step,total_steps,full_valid_loss,train_loss,train_mean_token_accuracy,eval_loss,loss,"
                        + "mean_token_accuracy,rewards/margins\n1,4,2.75,2.5,0.5,2.75,2.5,0.5,0.125\n");
        JsonNode file = Client.json(client.get("/v1/files/" + table));
        assertThat(file.path("bytes").asInt()).isEqualTo(content.body().length());
        assertThat(file.path("purpose").stringValue()).isEqualTo("fine-tune-results");
        for (String path : List.of("", "/content")) {
            assertThat(other.get("/v1/files/" + table + path).statusCode()).isEqualTo(404);
            assertThat(client.get("/v1/files/file-results-none" + path).statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void a_file_s_name_says_how_it_holds_its_rows() {
        assertThat(spec(make("")).getTrainingFormat()).isEqualTo("jsonl");
    }

    @Test
    void jobs_are_listed_by_metadata_and_changed_by_words() {
        JsonNode job = make(",'metadata':{'batch':'listed'}");
        String id = job.path("id").stringValue();
        JsonNode listed = Client.json(description.ask(
                client,
                "get " + JOBS,
                200,
                client.request(JOBS + "?limit=5&metadata%5Bbatch%5D=listed").GET()));
        assertThat(listed.path("data")).hasSize(1);
        assertThat(listed.at("/data/0/id").stringValue()).isEqualTo(id);
        for (String word : List.of("pause", "resume", "cancel")) {
            JsonNode changed = Client.json(description.ask(
                    client,
                    "post " + JOBS + "/{id}/" + word,
                    200,
                    client.request(JOBS + "/" + id + "/" + word).POST(BodyPublishers.noBody())));
            assertThat(changed.path("status").stringValue())
                    .isEqualTo(word.equals("pause") ? "paused" : word.equals("resume") ? "queued" : "cancelled");
        }
        assertThat(BadInputTest.error(client.post(JOBS + "/" + id + "/resume", ""), 400)
                        .path("code")
                        .stringValue())
                .isEqualTo("wrong_state");
        JsonNode ended = Client.json(description.ask(
                client,
                "get " + JOBS + "/{id}",
                200,
                client.request(JOBS + "/" + id).GET()));
        assertThat(ended.path("trained_tokens").asInt()).isEqualTo(77);
        assertThat(ended.path("finished_at").asLong()).isEqualTo(1_700_000_060L);
        assertThat(job.at("/millrace/times")).isEqualTo(Client.json("{\"accepted\":1700000000.0}"));
        assertThat(ended.at("/millrace/times"))
                .isEqualTo(Client.json("{\"accepted\":1700000000.0,\"first_step\":1700000003.25,"
                        + "\"last_step\":1700000058.5,\"finished\":1700000060.0}"));
    }

    @Test
    void events_are_listed_the_newest_first_and_streamed_as_they_come() {
        String path = JOBS + "/" + make("").path("id").stringValue() + "/events";
        JsonNode page = Client.json(description.ask(
                client,
                "get " + JOBS + "/{id}/events",
                200,
                client.request(path + "?limit=1").GET()));
        JsonNode sample = page.at("/data/0");
        assertThat(page.path("has_more").asBoolean()).isTrue();
        assertThat(sample.path("type").stringValue()).isEqualTo("message");
        assertThat(sample.path("data"))
                .isEqualTo(Client.json("{\"step\":1,\"prompt\":\"Who?\",\"wanted\":\"Ada.\",\"answer\":\"Ida.\"}"));
        JsonNode step = Client.json(
                        client.get(path + "?limit=1&after=" + sample.path("id").stringValue()))
                .at("/data/0");
        assertThat(step.path("message").stringValue()).isEqualTo("Step 1/4: training loss=2.5000");
        assertThat(step.path("data").path("train_loss").asDouble()).isEqualTo(2.5);
        assertThat(step.path("data").path("full_valid_loss").asDouble()).isEqualTo(2.75);
        assertThat(step.path("data").path("rewards/margins").asDouble()).isEqualTo(0.125);
        JsonNode older =
                Client.json(client.get(path + "?after=" + step.path("id").stringValue()));
        assertThat(older.at("/data/0/message").stringValue()).isEqualTo("The job is queued");
        assertThat(older.path("has_more").asBoolean()).isFalse();
        BadInputTest.error(client.get(path + "?after=12"), 400);

        HttpResponse<String> stream = client.get(path + "?stream=true");
        assertThat(stream.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        List<String> events = Client.events(stream.body());
        assertThat(events.removeLast()).isEqualTo("[DONE]");
        assertThat(events).hasSize(3);
        assertThat(Client.json(events.get(1))).isEqualTo(step);
        assertThat(Client.json(events.getLast())).isEqualTo(sample);
    }

    @Test
    void checkpoints_are_listed_the_newest_first() {
        String id = make("").path("id").stringValue();
        JsonNode list = Client.json(description.ask(
                client,
                "get " + JOBS + "/{id}/checkpoints",
                200,
                client.request(JOBS + "/" + id + "/checkpoints").GET()));
        assertThat(list.at("/data/0/step_number").asInt()).isEqualTo(100);
        assertThat(list.at("/data/0/metrics/train_loss").asDouble()).isEqualTo(1.5);
        assertThat(list.at("/data/0/id").stringValue()).isEqualTo("ftckpt-" + id + "-100");
    }

    @Test
    void what_a_job_made_is_deleted_by_its_name_and_a_model_that_is_served_is_not() {
        JsonNode gone = Client.json(description.ask(
                client,
                "delete /v1/models/{id}",
                200,
                client.request("/v1/models/tiny:mine").DELETE()));
        assertThat(gone.path("id").stringValue()).isEqualTo("tiny:mine");
        assertThat(gone.path("deleted").asBoolean()).isTrue();
        assertThat(TRAINING.deleted.getLast().getTenant()).startsWith("key_");
        assertThat(TRAINING.deleted.getLast().getBaseModel()).isEqualTo("tiny");
        BadInputTest.error(client.send(client.request("/v1/models/tiny:none").DELETE()), 404);
        JsonNode base =
                BadInputTest.error(client.send(client.request("/v1/models/tiny").DELETE()), 403);
        assertThat(base.path("code").stringValue()).isEqualTo("model_served");
        assertThat(base.path("message").stringValue()).contains("tiny");

        JsonNode judge = Client.json(description.ask(
                client,
                "delete /v1/models/{id}",
                200,
                client.request("/v1/models/judge").DELETE()));
        assertThat(judge.path("deleted").asBoolean()).isTrue();
        assertThat(TRAINING.deletedModels.getLast().getTenant()).startsWith("key_");
        JsonNode none =
                BadInputTest.error(client.send(client.request("/v1/models/none").DELETE()), 404);
        assertThat(none.path("code").stringValue()).isEqualTo("model_not_found");
    }

    @Test
    void every_error_that_is_described_comes() {
        for (String operation : description.operations()) {
            if (!operation.contains(JOBS)) {
                continue;
            }
            String method = operation.substring(0, operation.indexOf(' ')).toUpperCase(Locale.ROOT);
            String path = operation.substring(operation.indexOf(' ') + 1).replace("{id}", "ftjob-none");
            description.ask(client, operation, 401, client.withoutKey(path).method(method, BodyPublishers.noBody()));
            if (operation.contains("{id}")) {
                description.ask(client, operation, 404, client.request(path).method(method, BodyPublishers.noBody()));
            }
        }
    }
}
