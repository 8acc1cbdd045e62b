/** Weight files: GGUF and safetensors become named, typed, mapped tensors. Depends on the JDK only. */
@NullMarked
package dev.millrace.kernels.weights;

import org.jspecify.annotations.NullMarked;
