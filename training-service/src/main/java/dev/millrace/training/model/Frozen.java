package dev.millrace.training.model;

/** The form in which matrices that aren't trained are kept. */
public enum Frozen {
    /** Widened once, when the model is read: 32 bits an element. */
    FLOAT32,
    /** As the model's file has them, and widened one at a time whenever they are multiplied. Loses nothing of the file. */
    SAME,
    /**
     * The layers' matrices in 4-bit NormalFloat, 4.13 bits an element, the rest as the file has it; widened as {@link #SAME}.
     *
     * @see <a href="https://arxiv.org/abs/2305.14314">QLoRA</a>
     */
    NF4,
    /**
     * In 8 bits, as they are and transposed, 17 bits an element, and multiplied so by our own kernels with inputs and gradients
     * that are rounded to 8 bits, too. Matrices whose sizes aren't multiples of 32 stay in float32.
     */
    Q8;

    /** Whether matrices are read out of the model's file for as long as the model is in use. */
    boolean needsFile() {
        return this == SAME || this == NF4;
    }
}
