package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Linear layers that have the same input, and the low-rank matrices beside them. */
final class Projections {
    private final List<Projection> members;

    /**
     * What the derivative needs.
     *
     * @param x the input
     * @param shares of the adapter
     */
    record Kept(NDArray x, List<Share> shares) {}

    /**
     * Of adapters whose matrices A saw the same input.
     *
     * @param members which layers they stand beside
     * @param low the input times all of their matrices A: [tokens, members * rank]
     * @param mask which elements of the input dropout left; none where it left all
     * @param stretches DoRA's, of each member
     */
    record Share(List<Integer> members, NDArray low, Optional<NDArray> mask, List<Stretch> stretches) {}

    /**
     * What DoRA brings to its magnitudes.
     *
     * @param sum what the frozen matrix and the adapter gave: [tokens, outputs]
     * @param lengths of the rows of both together, which count as constants: [outputs]
     * @see <a href="https://arxiv.org/abs/2402.09353">DoRA, section 4.3</a>
     */
    record Stretch(NDArray sum, NDArray lengths) {}

    /** @param outputs of each member: [tokens, outputs] */
    record Result(List<NDArray> outputs, Kept kept) {}

    Projections(Projection... members) {
        this.members = List.of(members);
    }

    List<Projection> members() {
        return members;
    }

    /**
     * @param x [tokens, inputs]; the caller keeps it, if there is to be a backward pass
     */
    Result forward(Scope work, Scope kept, NDArray x, Pass pass) {
        List<NDArray> outputs = new ArrayList<>();
        for (Projection member : members) {
            NDArray y = member.weight().forward(work, x);
            outputs.add(y);
        }
        List<Share> shares = new ArrayList<>();
        Optional<LoraAdapter> lora = pass.lora();
        if (lora.isPresent()) {
            shares(work, kept, x, pass, lora.get(), outputs, shares);
        }
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).bias().isPresent()) {
                work.call("add_", outputs.get(i), members.get(i).bias().get());
            }
        }
        return new Result(outputs, new Kept(x, shares));
    }

    private void shares(
            Scope work, Scope kept, NDArray x, Pass pass, LoraAdapter lora, List<NDArray> outputs, List<Share> shares) {
        List<Integer> adapted = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            if (lora.beside(members.get(i).module())) {
                adapted.add(i);
            }
        }
        if (adapted.isEmpty()) {
            return;
        }
        if (pass.dropout() == 0) {
            NDArray low = kept.keep(work.call("low", x, downs(lora, adapted)));
            shares.add(new Share(adapted, low, Optional.empty(), new ArrayList<>()));
        } else {
            // each adapter draws for itself, as PEFT has it
            for (int member : adapted) {
                NDList dropped = work.callMany("dropout", x, pass.dropout());
                NDArray low = kept.keep(work.call("low", dropped.get(0), downs(lora, List.of(member))));
                shares.add(new Share(List.of(member), low, Optional.of(kept.keep(dropped.get(1))), new ArrayList<>()));
            }
        }
        for (Share share : shares) {
            for (int place = 0; place < share.members.size(); place++) {
                int member = share.members.get(place);
                NDArray up = lora.b(members.get(member).module()).value();
                work.call(
                        "share_",
                        outputs.get(member),
                        share.low,
                        place,
                        up,
                        lora.settings().scale());
                stretch(work, kept, lora, member, outputs).ifPresent(share.stretches::add);
            }
        }
    }

    private Optional<Stretch> stretch(Scope work, Scope kept, LoraAdapter lora, int member, List<NDArray> outputs) {
        Projection projection = members.get(member);
        return lora.magnitudes(projection.module()).map(magnitudes -> {
            NDArray sum = kept.keep(outputs.get(member));
            NDArray lengths = kept.keep(lora.lengths(work, projection.module(), projection.weight()));
            outputs.set(member, work.call("stretched", sum, magnitudes.value(), lengths));
            return new Stretch(sum, lengths);
        });
    }

    /** Of sums, where the given ones are of what they were stretched to; adds to the gradients of magnitudes. */
    private List<NDArray> unstretched(Scope work, List<NDArray> dys, List<Share> shares, Pass pass) {
        List<NDArray> sums = new ArrayList<>(dys);
        for (Share share : shares) {
            for (int i = 0; i < share.stretches.size(); i++) {
                int member = share.members.get(i);
                Stretch stretch = share.stretches.get(i);
                Parameter magnitudes = pass.lora()
                        .orElseThrow()
                        .magnitudes(members.get(member).module())
                        .orElseThrow();
                NDArray back = work.call(
                        "stretched_back",
                        magnitudes.gradient(),
                        dys.get(member),
                        stretch.sum,
                        magnitudes.value(),
                        stretch.lengths);
                sums.set(member, back);
            }
        }
        return sums;
    }

    private List<NDArray> downs(LoraAdapter lora, List<Integer> which) {
        return which.stream()
                .map(member -> lora.a(members.get(member).module()).value())
                .toList();
    }

    /**
     * Adds to the gradients of what is trained here.
     *
     * @param dys the loss's derivative by each output
     * @param wanted whether the derivative by the input is needed
     * @return that derivative, [tokens, inputs], if it is wanted
     */
    Optional<NDArray> backward(Scope work, List<NDArray> dys, Kept kept, Pass pass, boolean wanted) {
        for (int i = 0; i < members.size(); i++) {
            ownGradients(work, members.get(i), dys.get(i), kept.x, pass);
        }
        List<NDArray> sums = unstretched(work, dys, kept.shares, pass);
        Optional<NDArray> dx = Optional.empty();
        if (wanted) {
            NDArray sum = members.getFirst().weight().back(work, sums.getFirst());
            for (int i = 1; i < members.size(); i++) {
                members.get(i).weight().addBack(work, sum, sums.get(i));
            }
            dx = Optional.of(sum);
        }
        for (Share share : kept.shares) {
            shareBackward(work, share, sums, kept.x, pass, dx);
        }
        return dx;
    }

    private static void ownGradients(Scope work, Projection member, NDArray dy, NDArray x, Pass pass) {
        pass.parameter(member.module() + ".weight").ifPresent(own -> work.call("weight_back_", own.gradient(), dy, x));
        pass.parameter(member.module() + ".bias").ifPresent(own -> work.call("add_rows_", own.gradient(), dy));
    }

    private void shareBackward(Scope work, Share share, List<NDArray> dys, NDArray x, Pass pass, Optional<NDArray> dx) {
        LoraAdapter lora = pass.lora().orElseThrow();
        NDArray input = share.mask.isPresent() ? work.call("dropout_again", x, share.mask.get(), pass.dropout()) : x;
        List<Parameter> downs = new ArrayList<>();
        List<Parameter> ups = new ArrayList<>();
        for (int member : share.members) {
            downs.add(lora.a(members.get(member).module()));
            ups.add(lora.b(members.get(member).module()));
        }
        NDArray dlow = work.call(
                "share_back",
                input,
                share.members.stream().map(dys::get).toList(),
                share.low,
                ups.stream().map(Parameter::value).toList(),
                downs.stream().map(Parameter::gradient).toList(),
                ups.stream().map(Parameter::gradient).toList(),
                lora.settings().scale());
        if (dx.isEmpty()) {
            return;
        }
        List<NDArray> matrices = downs.stream().map(Parameter::value).toList();
        if (share.mask.isPresent()) {
            NDArray back = work.call("low_back", dlow, matrices);
            work.call("dropout_back_", dx.get(), back, share.mask.get(), pass.dropout());
        } else {
            work.call("low_back_", dx.get(), dlow, matrices);
        }
    }
}
