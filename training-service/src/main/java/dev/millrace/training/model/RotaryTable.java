package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.training.torch.Scope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Cosines and sines of all positions seen so far. */
final class RotaryTable {
    private final float[] frequencies;
    private final NDManager manager;
    private final DataType type;
    private NDArray cosines;
    private NDArray sines;
    private int positions;

    /**
     * @param cosines [tokens, 1, headSize]
     * @param sines [tokens, 1, headSize]
     */
    record Turn(NDArray cosines, NDArray sines) {}

    RotaryTable(Rotary rotary, int headSize, NDManager manager, DataType type) {
        this.frequencies = rotary.frequencies(headSize);
        this.manager = manager;
        this.type = type;
        this.positions = 1;
        this.cosines = table(false);
        this.sines = table(true);
    }

    /**
     * @param where each token's position
     * @param longest above all of them
     */
    Turn at(Scope scope, NDArray where, int longest) {
        if (longest > positions) {
            positions = Math.max(longest, 2 * positions);
            cosines.close();
            sines.close();
            cosines = table(false);
            sines = table(true);
        }
        return new Turn(scope.call("rows", cosines, where), scope.call("rows", sines, where));
    }

    private NDArray table(boolean sine) {
        int half = frequencies.length;
        ByteBuffer bytes = ByteBuffer.allocateDirect(positions * 2 * half * type.getNumOfBytes())
                .order(ByteOrder.nativeOrder());
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < 2 * half; i++) {
                // the angle in float32, as transformers has it
                float angle = position * frequencies[i % half];
                double value = sine ? Math.sin(angle) : Math.cos(angle);
                if (type == DataType.FLOAT32) {
                    bytes.putFloat((float) value);
                } else {
                    bytes.putDouble(value);
                }
            }
        }
        return manager.create(bytes.flip(), new Shape(positions, 1, 2L * half), type);
    }
}
