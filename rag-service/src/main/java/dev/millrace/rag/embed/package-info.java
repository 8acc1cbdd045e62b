/** Text becomes vectors: sentence encoders in ONNX files; depends on ONNX Runtime and the tokenizers' binding. */
@NullMarked
package dev.millrace.rag.embed;

import org.jspecify.annotations.NullMarked;
