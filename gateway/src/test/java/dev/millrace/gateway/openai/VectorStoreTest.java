package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.AttributeComparison.Operator;
import dev.millrace.contracts.v1.Ranker;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.FakeRag;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.WholeGateway;
import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.gateway.keys.NewKey;
import dev.millrace.gateway.keys.Scope;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Vector stores, ranking and the check over HTTP, in front of a service that speaks the contract; each answer is held to the description. */
class VectorStoreTest {
    private static final String STORES = "/v1/vector_stores";
    private static final String STORE = STORES + "/{store}";

    @TempDir
    static Path folder;

    private static final FakeBackend BACKEND = new FakeBackend();
    private static FakeRag rag;
    private static TestDatabase database;
    private static WholeGateway gateway;
    private static Client client;
    private static Client stranger;
    private static Description description;

    @BeforeAll
    static void start() throws Exception {
        rag = new FakeRag(folder.resolve("files"));
        database = new TestDatabase();
        gateway = new WholeGateway(
                database.url(),
                "127.0.0.1:1",
                BACKEND,
                folder.resolve("journal"),
                "millrace.files.folder=" + folder.resolve("files"),
                "millrace.rag.address=" + rag.address());
        client = new Client(gateway::url, gateway.adminKey);
        stranger = new Client(
                gateway::url,
                gateway.context()
                        .getBean(KeyRegister.class)
                        .create(NewKey.named("stranger", Scope.INFERENCE))
                        .secret()
                        .reveal());
        description = new Description(Client.json(client.get("/openapi.json")));
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
        database.close();
        BACKEND.close();
        rag.close();
    }

    private static String file(Client owner, String name, String text) {
        String border = "border";
        String form = "--" + border + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n--"
                + border + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                + "\"\r\nContent-Type: text/plain\r\n\r\n" + text + "\r\n--" + border + "--\r\n";
        HttpResponse<String> answer = owner.send(owner.request("/v1/files")
                .header("Content-Type", "multipart/form-data; boundary=" + border)
                .POST(BodyPublishers.ofString(form)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Client.json(answer).path("id").stringValue();
    }

    /** Asks, and holds both what is sent and what comes back to the description. */
    private static JsonNode post(String operation, String url, String body) {
        String json = BadInputTest.quoted(body);
        description.check(description.requestSchema("post " + operation), Client.json(json));
        return Client.json(described("post " + operation, url, json));
    }

    private static HttpResponse<String> described(String operation, String url, String json) {
        return description.ask(
                client,
                operation,
                200,
                client.request(url)
                        .header("Content-Type", "application/json")
                        .method(
                                operation.substring(0, operation.indexOf(' ')).toUpperCase(java.util.Locale.ROOT),
                                json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json)));
    }

    private static JsonNode get(String operation, String url) {
        return Client.json(described("get " + operation, url, ""));
    }

    private static JsonNode delete(String operation, String url) {
        return Client.json(described("delete " + operation, url, ""));
    }

    private static String store(String body) {
        return post(STORES, STORES, body).path("id").stringValue();
    }

    @Test
    void a_store_is_made_shown_changed_and_deleted_as_openai_has_it() {
        String file = file(client, "wheel.txt", "The wheel is high.");
        JsonNode made = post(
                STORES,
                STORES,
                "{'name':'mills','description':'of water','metadata':{'team':'a'},'file_ids':['" + file
                        + "'],'expires_after':{'anchor':'last_active_at','days':7},"
                        + "'chunking_strategy':{'type':'static','static':{'max_chunk_size_tokens':200,'chunk_overlap_tokens':50}}}");
        String id = made.path("id").stringValue();
        assertThat(made.toString())
                .isEqualTo(BadInputTest.quoted("{'id':'" + id
                        + "','object':'vector_store','created_at':1700000000,'name':'mills','description':'of water',"
                        + "'usage_bytes':18,'file_counts':{'in_progress':0,'completed':1,'failed':0,'cancelled':0,'total':1},"
                        + "'status':'completed','expires_after':{'anchor':'last_active_at','days':7},"
                        + "'expires_at':1700604800,'last_active_at':1700000000,'metadata':{'team':'a'},"
                        + "'embedding_model':'fake'}"));
        assertThat(get(STORE, STORES + "/" + id)).isEqualTo(made);
        JsonNode files = get(STORE + "/files", STORES + "/" + id + "/files").path("data");
        assertThat(files).hasSize(1);
        assertThat(files.get(0)
                        .at("/chunking_strategy/static/max_chunk_size_tokens")
                        .intValue())
                .isEqualTo(200);
        JsonNode renamed = post(STORE, STORES + "/" + id, "{'name':'windmills','expires_after':null}");
        assertThat(renamed.path("name").stringValue()).isEqualTo("windmills");
        assertThat(renamed.path("expires_after").isNull()).isTrue();
        assertThat(renamed.at("/metadata/team").stringValue()).isEqualTo("a");
        assertThat(delete(STORE, STORES + "/" + id).toString())
                .isEqualTo(BadInputTest.quoted("{'id':'" + id + "','object':'vector_store.deleted','deleted':true}"));
        description.ask(
                client, "get " + STORE, 404, client.request(STORES + "/" + id).GET());
    }

    @Test
    void a_store_is_asked_for_another_embedding_model_which_shows_until_it_is_given_up() {
        String file = file(client, "mill.txt", "The mill is old.");
        String id = store("{'embedding_model':'fake','file_ids':['" + file + "']}");
        JsonNode asked = post(STORE, STORES + "/" + id, "{'embedding_model':'other'}");
        assertThat(asked.path("embedding_model").stringValue()).isEqualTo("fake");
        assertThat(asked.path("re_embedding").toString())
                .isEqualTo(BadInputTest.quoted("{'embedding_model':'other','files_done':0,'files':1}"));
        assertThat(get(STORE, STORES + "/" + id)).isEqualTo(asked);
        // what says nothing of it leaves it as it is
        assertThat(post(STORE, STORES + "/" + id, "{'name':'n','embedding_model':null}")
                        .path("re_embedding"))
                .isEqualTo(asked.path("re_embedding"));
        JsonNode unknown =
                refused(400, "post " + STORE, STORES + "/" + id, BadInputTest.quoted("{'embedding_model':'none'}"));
        assertThat(unknown.path("message").stringValue())
                .isEqualTo("there is no embedding model \"none\"; there are fake, other");
        assertThat(unknown.path("param").stringValue()).isEqualTo("embedding_model");
        assertThat(refused(400, "post " + STORES, STORES, BadInputTest.quoted("{'embedding_model':'none'}"))
                        .path("param")
                        .stringValue())
                .isEqualTo("embedding_model");
        assertThat(post(STORE, STORES + "/" + id, "{'embedding_model':'fake'}").has("re_embedding"))
                .isFalse();
        description.ask(
                stranger,
                "post " + STORE,
                404,
                stranger.request(STORES + "/" + id)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"embedding_model\":\"other\"}")));
    }

    @Test
    void stores_are_listed_a_page_at_a_time_and_found_by_name() {
        String first = store("{'name':'of a list'}");
        String last = store("{'name':'of a list'}");
        JsonNode page = get(STORES, STORES + "?limit=1");
        assertThat(page.path("first_id").stringValue())
                .isEqualTo(page.path("last_id").stringValue());
        assertThat(page.path("has_more").booleanValue()).isTrue();
        JsonNode named = get(STORES, STORES + "?name=of%20a%20list&order=desc&after=&before=");
        assertThat(named.path("data").findValuesAsString("id")).containsExactly(last, first);
        assertThat(get(STORES, STORES + "?name=none").toString())
                .isEqualTo(BadInputTest.quoted(
                        "{'object':'list','data':[],'first_id':null,'last_id':null,'has_more':false}"));
    }

    @Test
    void a_file_is_added_watched_changed_read_and_removed_and_its_owner_keeps_it() {
        String store = store("{}");
        String files = STORES + "/" + store + "/files";
        String id = file(client, "slow.txt", "The wheel turns.");
        HttpResponse<String> added = described(
                "post " + STORE + "/files",
                files,
                BadInputTest.quoted(
                        "{'file_id':'" + id + "','attributes':{'year':1999,'half':0.5,'old':true,'by':'A'}}"));
        assertThat(added.headers().firstValue("openai-poll-after-ms")).contains("500");
        assertThat(Client.json(added).toString())
                .isEqualTo(BadInputTest.quoted("{'id':'" + id + "','object':'vector_store.file','usage_bytes':0,"
                        + "'created_at':1700000000,'vector_store_id':'" + store
                        + "','status':'in_progress','last_error':null,'chunking_strategy':"
                        + "{'type':'static','static':{'max_chunk_size_tokens':0,'chunk_overlap_tokens':0}},"
                        + "'attributes':{'by':'A','half':0.5,'old':true,'year':1999}}"));
        JsonNode changed = post(STORE + "/files/{file}", files + "/" + id, "{'attributes':{'year':2000}}");
        assertThat(changed.path("attributes").toString()).isEqualTo("{\"year\":2000}");
        assertThat(get(STORE + "/files/{file}", files + "/" + id)).isEqualTo(changed);
        assertThat(get(STORE + "/files/{file}/content", files + "/" + id + "/content")
                        .toString())
                .isEqualTo(BadInputTest.quoted("{'object':'vector_store.file_content.page','data':"
                        + "[{'type':'text','text':'The wheel turns.'}],'has_more':false,'next_page':null}"));
        String broken = file(client, "broken.pdf", "x");
        JsonNode failed =
                post(STORE + "/files", files, "{'file_id':'" + broken + "','chunking_strategy':{'type':'auto'}}");
        assertThat(failed.at("/last_error/code").stringValue()).isEqualTo("invalid_file");
        JsonNode unread =
                post(STORE + "/files", files, "{'file_id':'" + file(client, "faded.txt", "The wheel stood.") + "'}");
        assertThat(unread.path("status").stringValue()).isEqualTo("completed");
        assertThat(unread.at("/last_error/message").stringValue()).isEqualTo("it could not be read again");
        assertThat(get(STORE + "/files", files + "?filter=failed").path("data").findValuesAsString("id"))
                .containsExactly(broken);
        assertThat(delete(STORE + "/files/{file}", files + "/" + id)
                        .path("object")
                        .stringValue())
                .isEqualTo("vector_store.file.deleted");
        description.ask(
                client,
                "get " + STORE + "/files/{file}",
                404,
                client.request(files + "/" + id).GET());
        assertThat(client.get("/v1/files/" + id).statusCode()).isEqualTo(200);
    }

    @Test
    void a_batch_takes_many_files_in_and_is_cancelled_as_one() {
        String store = store("{}");
        String batches = STORES + "/" + store + "/file_batches";
        List<String> ids = List.of(file(client, "a.txt", "a"), file(client, "slow.txt", "b"));
        JsonNode made = post(
                STORE + "/file_batches",
                batches,
                "{'file_ids':['" + ids.get(0) + "','" + ids.get(1) + "'],'attributes':{'year':1}}");
        String id = made.path("id").stringValue();
        assertThat(made.toString())
                .isEqualTo(
                        BadInputTest.quoted(
                                "{'id':'" + id
                                        + "','object':'vector_store.files_batch','created_at':1700000000,'vector_store_id':'"
                                        + store
                                        + "','status':'in_progress','file_counts':{'in_progress':1,'completed':1,'failed':0,'cancelled':0,'total':2}}"));
        assertThat(get(STORE + "/file_batches/{batch}", batches + "/" + id)).isEqualTo(made);
        assertThat(get(STORE + "/file_batches/{batch}/files", batches + "/" + id + "/files")
                        .path("data")
                        .findValuesAsString("id"))
                .containsExactlyInAnyOrderElementsOf(ids);
        JsonNode cancelled = Client.json(
                described("post " + STORE + "/file_batches/{batch}/cancel", batches + "/" + id + "/cancel", ""));
        assertThat(cancelled.path("status").stringValue()).isEqualTo("cancelled");
        assertThat(cancelled.at("/file_counts/cancelled").intValue()).isEqualTo(1);
        JsonNode each = post(
                STORE + "/file_batches",
                batches,
                "{'files':[{'file_id':'" + ids.getFirst() + "','attributes':{'page':7}}]}");
        assertThat(each.path("status").stringValue()).isEqualTo("completed");
        assertThat(rag.sent.stream()
                        .filter(one -> one.getAttributesMap().containsKey("page"))
                        .toList())
                .hasSize(1);
    }

    @Test
    void a_batch_of_more_files_than_go_in_one_message_is_one_batch() {
        String store = store("{}");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 101; i++) {
            ids.add(file(client, "slow" + i + ".txt", "Mill " + i));
        }
        JsonNode made = post(
                STORE + "/file_batches",
                STORES + "/" + store + "/file_batches",
                "{'file_ids':['" + String.join("','", ids) + "']}");
        assertThat(made.at("/file_counts/in_progress").intValue()).isEqualTo(101);
        assertThat(rag.sent.stream().map(SentFile::getFileId)).containsSubsequence(ids);
    }

    @Test
    void a_search_passes_on_all_that_it_is_asked_and_shows_where_a_passage_stands() {
        String file = file(client, "wheel.txt", "The wheel is high.");
        String store = store("{'file_ids':['" + file + "']}");
        JsonNode found = post(
                STORE + "/search",
                STORES + "/" + store + "/search",
                "{'query':['how high?','what height?'],'max_num_results':3,'rewrite_query':false,"
                        + "'ranking_options':{'ranker':'none','score_threshold':0.25},"
                        + "'filters':{'type':'and','filters':[{'type':'in','key':'year','value':[1,2]},"
                        + "{'type':'or','filters':[{'type':'gte','key':'x','value':1.5},{'type':'ne','key':'old','value':true}]}]}}");
        assertThat(found.toString())
                .isEqualTo(BadInputTest.quoted(
                        "{'object':'vector_store.search_results.page','search_query':['how high?','what height?'],"
                                + "'data':[{'file_id':'" + file
                                + "','filename':'wheel.txt','score':0.5,'attributes':{},"
                                + "'content':[{'type':'text','text':'The wheel is high.'}],'place':"
                                + "{'first_page':3,'last_page':4,'heading':'Wheels','start':0,'end':18}}],"
                                + "'has_more':false,'next_page':null}"));
        RetrieveRequest asked = new ArrayList<>(rag.retrievals).getLast();
        assertThat(asked.getQuery()).isEqualTo("how high?");
        assertThat(asked.getFurtherQueriesList()).containsExactly("what height?");
        assertThat(asked.getMaxResults()).isEqualTo(3);
        assertThat(asked.getMinScore()).isEqualTo(0.25);
        assertThat(asked.getRanker()).isEqualTo(Ranker.RANKER_NONE);
        assertThat(asked.getFilter().getAll().getFilters(0).getComparison().getOperator())
                .isEqualTo(Operator.IN);
        assertThat(asked.getFilter().getAll().getFilters(0).getComparison().getValuesCount())
                .isEqualTo(2);
        assertThat(asked.getFilter().getAll().getFilters(1).getAny().getFiltersCount())
                .isEqualTo(2);
    }

    @Test
    void a_question_is_rewritten_by_a_model_and_looked_for_beside_what_it_became() {
        String store = store("{}");
        String search = STORES + "/" + store + "/search";
        client.awaitModel(FakeBackend.TINY);
        JsonNode found = post(STORE + "/search", search, "{'query':'how high?','rewrite_query':true,'model':'tiny'}");
        String query = found.at("/search_query/0").stringValue();
        assertThat(query).startsWith("w0 w1");
        RetrieveRequest asked = new ArrayList<>(rag.retrievals).getLast();
        assertThat(asked.getQuery()).isEqualTo("how high?");
        assertThat(asked.getFurtherQueriesList()).containsExactly(query);
        // a model that fails is no reason not to search
        JsonNode plain = post(STORE + "/search", search, "{'query':'how high?','rewrite_query':true,'model':'breaks'}");
        assertThat(plain.at("/search_query/0").stringValue()).isEqualTo("how high?");
        refused(
                404,
                "post " + STORE + "/search",
                search,
                "{\"query\":\"q\",\"rewrite_query\":true,\"model\":\"none\"}");
    }

    @Test
    void a_text_is_checked_against_passages_or_stores() {
        JsonNode passages =
                post("/v1/groundedness", "/v1/groundedness", "{'text':'The mill.','passages':['The mill.']}");
        assertThat(passages.toString())
                .isEqualTo(BadInputTest.quoted("{'verdict':'not_found','score':0.25,'sentences':["
                        + "{'text':'The mill.','start':0,'end':9,'verdict':'supported','score':0.75,"
                        + "'source':{'passage':0,'start':4,'end':8,'quote':'mill'}},"
                        + "{'text':'','start':0,'end':0,'verdict':'not_found','score':0.25,'source':null}]}"));
        String file = file(client, "mill.txt", "The mill.");
        String store = store("{'file_ids':['" + file + "']}");
        JsonNode stores = post(
                "/v1/groundedness", "/v1/groundedness", "{'text':'The mill.','vector_store_ids':['" + store + "']}");
        assertThat(stores.at("/sentences/0/source").toString())
                .isEqualTo(BadInputTest.quoted(
                        "{'file_id':'" + file + "','filename':'mill.txt','page':2,'start':4,'end':8,'quote':'mill'}"));
    }

    @Test
    void texts_are_ranked_in_the_shape_of_cohere_and_jina() {
        JsonNode ranked = post(
                "/v1/rerank",
                "/v1/rerank",
                "{'model':'fake','query':'mill','documents':['no',{'text':'mill mill'},'a mill'],'top_n':2,'return_documents':true}");
        assertThat(ranked.path("id").stringValue()).startsWith("rerank-");
        assertThat(ranked.path("results").toString())
                .isEqualTo(BadInputTest.quoted(
                        "[{'index':1,'relevance_score':0.6666666666666667,'document':{'text':'mill mill'}},"
                                + "{'index':2,'relevance_score':0.5,'document':{'text':'a mill'}}]"));
        assertThat(ranked.at("/usage/total_tokens").intValue()).isEqualTo(17);
        JsonNode bare = post("/v1/rerank", "/v1/rerank", "{'query':'mill','documents':['a','mill']}");
        assertThat(bare.path("results").toString())
                .isEqualTo(
                        BadInputTest.quoted("[{'index':1,'relevance_score':0.5},{'index':0,'relevance_score':0.0}]"));
        JsonNode unknown = refused(
                400,
                "post /v1/rerank",
                "/v1/rerank",
                BadInputTest.quoted("{'model':'word2vec','query':'mill','documents':['a']}"));
        assertThat(unknown.path("param").stringValue()).isEqualTo("model");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /v1/groundedness | {'text':'x'}
            /v1/groundedness | {'text':'x','passages':['a'],'vector_store_ids':['vs_1']}
            /v1/groundedness | {'passages':['a']}
            /v1/groundedness | {'text':'x','passages':'a'}
            /v1/rerank       | {'query':'q','documents':[]}
            /v1/rerank       | {'documents':['a']}
            /v1/rerank       | {'query':'q','documents':['a',1]}
            /v1/rerank       | {'query':'q','documents':['a'],'top_n':0}
            /v1/vector_stores | {'name':1}
            /v1/vector_stores | {'metadata':{'a':1}}
            /v1/vector_stores | {'expires_after':{'anchor':'created_at','days':1}}
            /v1/vector_stores | {'expires_after':{'anchor':'last_active_at','days':366}}
            /v1/vector_stores | {'expires_after':{'anchor':'last_active_at'}}
            /v1/vector_stores | {'chunking_strategy':{'type':'static','static':{'max_chunk_size_tokens':99,'chunk_overlap_tokens':0}}}
            /v1/vector_stores | {'chunking_strategy':{'type':'semantic'}}
            /v1/vector_stores | {'colour':'red'}
            """)
    void a_request_that_does_not_fit_the_description_is_refused(String path, String json) {
        String body = BadInputTest.quoted(json);
        assertThat(description.errors(description.requestSchema("post " + path), Client.json(body)))
                .isNotEmpty();
        refused(400, "post " + path, path, body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'query':[]}",
                "{'query':' '}",
                "{'query':'q','max_num_results':51}",
                "{'query':'q','ranking_options':{'ranker':'best'}}",
                "{'query':'q','ranking_options':{'score_threshold':1.5}}",
                "{'query':'q','filters':{'type':'like','key':'a','value':'b'}}",
                "{'query':'q','filters':{'type':'gt','key':'a','value':'b'}}",
                "{'query':'q','filters':{'type':'in','key':'a','value':'b'}}",
                "{'query':'q','filters':{'type':'and'}}",
            })
    void a_search_that_does_not_fit_the_description_is_refused(String json) {
        String store = store("{}");
        refused(400, "post " + STORE + "/search", STORES + "/" + store + "/search", BadInputTest.quoted(json));
    }

    private static JsonNode refused(int status, String operation, String url, String body) {
        HttpRequest.Builder request = client.request(url)
                .header("Content-Type", "application/json")
                .method(
                        operation.substring(0, operation.indexOf(' ')).toUpperCase(java.util.Locale.ROOT),
                        body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        JsonNode error =
                Client.json(description.ask(client, operation, status, request)).path("error");
        assertThat(error.path("message").stringValue()).isNotBlank();
        return error;
    }

    @Test
    void what_is_missing_is_named_by_the_doors_own_words() {
        JsonNode store = refused(404, "get " + STORE, STORES + "/vs_none", "");
        assertThat(store.path("code").stringValue()).isEqualTo("vector_store_not_found");
        assertThat(store.path("param").stringValue()).isEqualTo("vector_store_id");
        String mine = store("{}");
        JsonNode file =
                refused(404, "post " + STORE + "/files", STORES + "/" + mine + "/files", "{\"file_id\":\"file-none\"}");
        assertThat(file.path("code").stringValue()).isEqualTo("file_not_found");
        refused(404, "get " + STORE, STORES + "/%00", "");
    }

    @Test
    void another_keys_stores_files_and_batches_are_as_those_that_do_not_exist() {
        String file = file(client, "secret.txt", "The treasure lies here.");
        String store = store("{'name':'secret','file_ids':['" + file + "']}");
        String batch = post(
                        STORE + "/file_batches",
                        STORES + "/" + store + "/file_batches",
                        "{'file_ids':['" + file + "']}")
                .path("id")
                .stringValue();
        String own = Client.json(stranger.post(STORES, "{}")).path("id").stringValue();
        String at = STORES + "/" + store;
        String ownAt = STORES + "/" + own;
        String fileBody = "{\"file_id\":\"" + file + "\"}";
        for (String[] one : new String[][] {
            {"GET", at, ""},
            {"POST", at, "{\"name\":\"x\"}"},
            {"DELETE", at, ""},
            {"POST", at + "/search", "{\"query\":\"treasure\"}"},
            {"GET", at + "/files", ""},
            {"POST", at + "/files", "{\"file_id\":\"" + file(stranger, "a.txt", "a") + "\"}"},
            {"GET", at + "/files/" + file, ""},
            {"POST", at + "/files/" + file, "{\"attributes\":{}}"},
            {"DELETE", at + "/files/" + file, ""},
            {"GET", at + "/files/" + file + "/content", ""},
            {"POST", at + "/file_batches", "{\"file_ids\":[\"" + file(stranger, "b.txt", "b") + "\"]}"},
            {"GET", at + "/file_batches/" + batch, ""},
            {"POST", at + "/file_batches/" + batch + "/cancel", ""},
            {"GET", at + "/file_batches/" + batch + "/files", ""},
            {"POST", STORES, "{\"file_ids\":[\"" + file + "\"]}"},
            {"POST", ownAt + "/files", fileBody},
            {"POST", ownAt + "/file_batches", "{\"file_ids\":[\"" + file + "\"]}"},
            {"POST", ownAt + "/file_batches", "{\"files\":[" + fileBody + "]}"},
            {"GET", ownAt + "/files/" + file, ""},
            {"GET", ownAt + "/files/" + file + "/content", ""},
            {"GET", ownAt + "/file_batches/" + batch, ""},
            {"POST", "/v1/groundedness", "{\"text\":\"treasure\",\"vector_store_ids\":[\"" + store + "\"]}"},
            {"POST", "/v1/groundedness", "{\"text\":\"t\",\"vector_store_ids\":[\"" + own + "\",\"" + store + "\"]}"},
        }) {
            HttpResponse<String> answer = stranger.send(stranger.request(one[1])
                    .header("Content-Type", "application/json")
                    .method(one[0], one[2].isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(one[2])));
            assertThat(answer.statusCode())
                    .as(one[0] + " " + one[1] + " " + one[2] + ": " + answer.body())
                    .isEqualTo(404);
            assertThat(answer.body()).doesNotContain("treasure");
        }
        assertThat(stranger.get(STORES).body()).doesNotContain(store).contains(own);
        assertThat(stranger.get(STORES + "?name=secret").body()).doesNotContain(store);
        assertThat(get(STORE, at).path("name").stringValue()).isEqualTo("secret");
        assertThat(get(STORE + "/files/{file}", at + "/files/" + file)
                        .path("status")
                        .stringValue())
                .isEqualTo("completed");
    }

    @Test
    void every_operation_refuses_a_request_without_a_key() {
        Set<String> operations = description.operations();
        for (String operation : operations) {
            if (operation.contains(STORES) || operation.endsWith("/groundedness") || operation.endsWith("/rerank")) {
                String method = operation.substring(0, operation.indexOf(' ')).toUpperCase(java.util.Locale.ROOT);
                String url = operation.substring(operation.indexOf(' ') + 1).replaceAll("\\{[a-z]+}", "x");
                description.ask(client, operation, 401, client.withoutKey(url).method(method, BodyPublishers.noBody()));
            }
        }
        assertThat(operations).contains("post /v1/rerank", "post " + STORE + "/search");
    }
}
