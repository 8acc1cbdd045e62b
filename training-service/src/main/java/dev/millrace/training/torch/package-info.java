/**
 * All of torch that training needs, with gradients: a TorchScript module that Java writes and calls, because DJL's own
 * arrays lack fused attention, silu and more. Knows DJL alone.
 */
@NullMarked
package dev.millrace.training.torch;

import org.jspecify.annotations.NullMarked;
