package dev.millrace.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import dev.millrace.contracts.v1.AskRequest;
import dev.millrace.contracts.v1.ChatRequest;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CompleteRequest;
import dev.millrace.contracts.v1.EmbedTextRequest;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.gateway.request.Refusal;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestFieldsTest {
    private static final Map<String, Descriptor> REQUESTS = Map.of(
            "Ask", AskRequest.getDescriptor(),
            "Retrieve", RetrieveRequest.getDescriptor(),
            "Check", CheckRequest.getDescriptor(),
            "Chat", ChatRequest.getDescriptor(),
            "Complete", CompleteRequest.getDescriptor(),
            "EmbedText", EmbedTextRequest.getDescriptor());

    @ParameterizedTest
    @CsvSource({
        "Ask,max_num_results,max_results",
        "Ask,filters,filter",
        "Ask,vector_store_id,collection_ids",
        "Ask,query,messages",
        "Ask,prompt,messages",
        "Ask,temperature,sampling.temperature",
        "Ask,max_tokens,stop.max_tokens",
        "Retrieve,max_num_results,max_results",
        "Retrieve,vector_store_ids,collection_ids",
        "Retrieve,query,query",
        "Retrieve,max_tokens,",
        "Check,vector_store_id,collection_ids",
        "Check,passages,passages",
        "Chat,messages[0].role,messages[0].role",
        "Chat,stop.max_tokens,stop.max_tokens",
        "Chat,top_p,sampling.top_p",
        "Chat,prompt,messages",
        "Complete,prompt,prompt",
        "EmbedText,input,texts",
        "EmbedText,model,model",
    })
    void a_refusal_names_a_field_of_the_request_or_none(String request, String param, String named) {
        Refusal refusal = Refusal.invalid(param, "no");
        assertThat(RequestFields.named(refusal, Objects.requireNonNull(REQUESTS.get(request)))
                        .param())
                .isEqualTo(Optional.ofNullable(named));
    }

    @ParameterizedTest
    @CsvSource({
        "vector_store_not_found,collection_not_found",
        "vector_store_expired,collection_expired",
        "file_not_found,document_not_found",
        "context_length_exceeded,context_length_exceeded",
    })
    void codes_are_those_of_the_contract(String code, String named) {
        Refusal refusal = Refusal.of(Refusal.Kind.NOT_FOUND, code, "no");
        assertThat(RequestFields.named(refusal, AskRequest.getDescriptor()).code())
                .contains(named);
    }
}
