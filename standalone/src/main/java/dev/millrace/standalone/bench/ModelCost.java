package dev.millrace.standalone.bench;

/**
 * What a model's matrices cost; attention, norms and the like come on top and are small beside them.
 *
 * @param layerMultiplyAdds of one token, head excluded
 * @param headMultiplyAdds of one token whose successor is chosen
 * @param weightBytes that one step reads at least, as the kernels have packed them, head included
 */
public record ModelCost(long layerMultiplyAdds, long headMultiplyAdds, long weightBytes) {
    /** 10^9 multiply-adds a second of a prompt that is read at so many tokens a second. */
    double prefillGigaMacs(double tokensPerSecond) {
        return tokensPerSecond * layerMultiplyAdds / 1e9;
    }

    /** 10^9 multiply-adds a second of answers that grow by so many tokens a second in all. */
    double decodeGigaMacs(double tokensPerSecond) {
        return tokensPerSecond * (layerMultiplyAdds + headMultiplyAdds) / 1e9;
    }

    /** 10^9 bytes of weights a second that are read for that, where each step serves so many users. */
    double decodeGigabytes(double tokensPerSecond, int users) {
        return tokensPerSecond / users * weightBytes / 1e9;
    }
}
