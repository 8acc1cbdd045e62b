package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.List;

/** What {@code keys()}, {@code values()} and {@code items()} of a dict give: has a length, but no index. */
record DictView(Dict dict, Part part) implements Value {
    enum Part {
        KEYS,
        VALUES,
        ITEMS
    }

    List<Value> items() {
        List<Value> items = new ArrayList<>(dict.size());
        for (Dict.Entry entry : dict.entries()) {
            items.add(
                    switch (part) {
                        case KEYS -> entry.key();
                        case VALUES -> entry.value();
                        case ITEMS -> entry.pair();
                    });
        }
        return items;
    }
}
