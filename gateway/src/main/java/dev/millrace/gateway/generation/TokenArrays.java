package dev.millrace.gateway.generation;

import dev.millrace.contracts.v1.TokenIds;

/** Ids as the core speaks of them. */
final class TokenArrays {
    private TokenArrays() {}

    static int[] of(TokenIds ids) {
        int[] array = new int[ids.getIdsCount()];
        for (int i = 0; i < array.length; i++) {
            array[i] = ids.getIds(i);
        }
        return array;
    }
}
