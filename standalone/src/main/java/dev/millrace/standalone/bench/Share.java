package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.MachinePeaks;

/**
 * What something reaches of what the machine can do.
 *
 * @param int8 of the multiply-adds, 0 to 1
 * @param read of the memory's bandwidth, 0 to 1, and more where weights come out of a cache
 */
public record Share(double int8, double read) {
    static Share of(double gigaMacs, double gigabytes, MachinePeaks peaks) {
        return new Share(gigaMacs / peaks.int8GigaMacs(), gigabytes / peaks.readGigabytes());
    }

    static Share of(Product product, MachinePeaks peaks) {
        return of(product.gigaMacs(), product.gigabytes(), peaks);
    }

    /** Of reading prompts: what a chunk of tokens shares is read once for all of them, so memory hardly counts. */
    static Share ofPrefill(ModelCost cost, LoadFigures.Prefill prefill, MachinePeaks peaks) {
        return of(cost.prefillGigaMacs(prefill.perSecond().median()), 0, peaks);
    }

    /** Of answers that grow side by side. */
    static Share ofDecode(ModelCost cost, LoadFigures.Users users, MachinePeaks peaks) {
        double perSecond = users.decodePerSecond().median();
        return of(cost.decodeGigaMacs(perSecond), cost.decodeGigabytes(perSecond, users.count()), peaks);
    }

    /** Of the limit that is nearer: no more can be had than all of it. */
    double ofRoofline() {
        return Math.max(int8, read);
    }
}
