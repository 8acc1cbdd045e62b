package dev.millrace.inference.cache;

import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that no sequence refers to, those to be used next first. Linked through the blocks themselves: taking one
 * out of the middle, for a prefix that is hit, costs no search.
 */
final class FreeList {
    private @Nullable Block first;
    private @Nullable Block last;
    private int size;

    int size() {
        return size;
    }

    @Nullable Block first() {
        return first;
    }

    void addFirst(Block block) {
        block.previous = null;
        block.next = first;
        if (first == null) {
            last = block;
        } else {
            first.previous = block;
        }
        first = block;
        size++;
    }

    void addLast(Block block) {
        block.next = null;
        block.previous = last;
        if (last == null) {
            first = block;
        } else {
            last.next = block;
        }
        last = block;
        size++;
    }

    void remove(Block block) {
        if (block.previous == null) {
            first = block.next;
        } else {
            block.previous.next = block.next;
        }
        if (block.next == null) {
            last = block.previous;
        } else {
            block.next.previous = block.previous;
        }
        block.previous = null;
        block.next = null;
        size--;
    }

    Block removeFirst() {
        Block block = first;
        if (block == null) {
            throw new NoSuchElementException("no block is free");
        }
        remove(block);
        return block;
    }
}
