package dev.millrace.gateway.openai;

import dev.millrace.gateway.grounded.Citation;

/**
 * OpenAI's annotation of an answer that rests on a file.
 *
 * @param index where in the text, in UTF-16 units: the end of the sentence
 */
record FileCitation(String type, String fileId, String filename, int index) {
    static FileCitation of(Citation citation) {
        return new FileCitation("file_citation", citation.fileId(), citation.filename(), citation.index());
    }
}
