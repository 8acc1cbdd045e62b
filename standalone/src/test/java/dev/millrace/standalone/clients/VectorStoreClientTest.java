package dev.millrace.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.NotFoundException;
import com.openai.models.ComparisonFilter;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.vectorstores.VectorStore;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.VectorStoreSearchParams;
import com.openai.models.vectorstores.VectorStoreUpdateParams;
import com.openai.models.vectorstores.filebatches.FileBatchCreateParams;
import com.openai.models.vectorstores.filebatches.FileBatchListFilesParams;
import com.openai.models.vectorstores.filebatches.FileBatchRetrieveParams;
import com.openai.models.vectorstores.filebatches.VectorStoreFileBatch;
import com.openai.models.vectorstores.files.FileContentParams;
import com.openai.models.vectorstores.files.FileDeleteParams;
import com.openai.models.vectorstores.files.FileUpdateParams;
import com.openai.models.vectorstores.files.VectorStoreFile;
import dev.millrace.standalone.Eventually;
import dev.millrace.standalone.TestPlatform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own client for the JVM, as it is, with files and vector stores of a running platform. */
class VectorStoreClientTest {
    private final TestPlatform platform = TestPlatform.running();
    private final OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl(platform.openaiUrl())
            .apiKey(platform.key())
            .responseValidation(true)
            .build();

    private String file(Path folder, String name, String text) throws Exception {
        return client.files()
                .create(FileCreateParams.builder()
                        .purpose(FilePurpose.ASSISTANTS)
                        .file(Files.writeString(folder.resolve(name), text))
                        .build())
                .id();
    }

    @Test
    void a_store_is_filled_searched_with_filters_and_taken_apart(@TempDir Path folder) throws Exception {
        List<String> files = List.of(
                file(folder, "wheel.txt", "The overshot wheel is fed from above."),
                file(folder, "stone.txt", "The millstone is made of granite."));
        String store = client.vectorStores()
                .create(VectorStoreCreateParams.builder().name("java").build())
                .id();
        String batch = client.vectorStores()
                .fileBatches()
                .create(FileBatchCreateParams.builder()
                        .vectorStoreId(store)
                        .fileIds(files)
                        .build())
                .id();
        FileBatchRetrieveParams watched = FileBatchRetrieveParams.builder()
                .vectorStoreId(store)
                .batchId(batch)
                .build();
        VectorStoreFileBatch _ = Eventually.get(
                "the end of the batch",
                () -> client.vectorStores().fileBatches().retrieve(watched),
                taken -> taken.fileCounts().completed() == 2);
        assertThat(client
                        .vectorStores()
                        .fileBatches()
                        .listFiles(FileBatchListFilesParams.builder()
                                .vectorStoreId(store)
                                .batchId(batch)
                                .limit(1)
                                .build())
                        .autoPager()
                        .stream()
                        .map(VectorStoreFile::id))
                .containsExactlyInAnyOrderElementsOf(files);
        VectorStoreFile dated = client.vectorStores()
                .files()
                .update(FileUpdateParams.builder()
                        .vectorStoreId(store)
                        .fileId(files.getFirst())
                        .attributes(FileUpdateParams.Attributes.builder()
                                .putAdditionalProperty("year", JsonValue.from(1880))
                                .build())
                        .build());
        assertThat(dated.status()).isEqualTo(VectorStoreFile.Status.COMPLETED);
        var found = client.vectorStores()
                .search(VectorStoreSearchParams.builder()
                        .vectorStoreId(store)
                        .query("what is the millstone made of?")
                        .filters(ComparisonFilter.builder()
                                .key("year")
                                .type(ComparisonFilter.Type.GT)
                                .value(1800)
                                .build())
                        .build())
                .items();
        assertThat(found).singleElement().satisfies(one -> {
            assertThat(one.fileId()).isEqualTo(files.getFirst());
            assertThat(one.filename()).isEqualTo("wheel.txt");
            assertThat(one.content().getFirst().text()).isEqualTo("The overshot wheel is fed from above.");
        });
        assertThat(client.vectorStores()
                        .files()
                        .content(FileContentParams.builder()
                                .vectorStoreId(store)
                                .fileId(files.getLast())
                                .build())
                        .items()
                        .getFirst()
                        .text())
                .contains("The millstone is made of granite.");
        client.vectorStores()
                .files()
                .delete(FileDeleteParams.builder()
                        .vectorStoreId(store)
                        .fileId(files.getLast())
                        .build());
        VectorStore left = client.vectorStores()
                .update(VectorStoreUpdateParams.builder()
                        .vectorStoreId(store)
                        .name("java, halved")
                        .build());
        assertThat(left.fileCounts().total()).isEqualTo(1);
        assertThat(client.vectorStores().list().autoPager().stream().map(VectorStore::name))
                .contains("java, halved");
        assertThat(client.vectorStores().delete(store).deleted()).isTrue();
        assertThatThrownBy(() -> client.vectorStores().retrieve(store)).isInstanceOf(NotFoundException.class);
    }
}
