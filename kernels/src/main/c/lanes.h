// Functions of sixteen lanes that every instruction set builds from its own.

// e^x to 2 ulp; 0 below -87.3, infinity above 88.7. Coefficients: Cephes, expf.
INLINE vf vf_exp(vf x) {
  vf bounded = vf_max(vf_min(x, vf_all(88.0f)), vf_all(-87.0f));
  vf n = vf_round(vf_mul(bounded, vf_all(1.44269504088896341f)));
  vf r = vf_fma(n, vf_all(-0.693359375f), bounded);
  r = vf_fma(n, vf_all(2.12194440e-4f), r);
  vf p = vf_all(1.9875691500e-4f);
  p = vf_fma(p, r, vf_all(1.3981999507e-3f));
  p = vf_fma(p, r, vf_all(8.3334519073e-3f));
  p = vf_fma(p, r, vf_all(4.1665795894e-2f));
  p = vf_fma(p, r, vf_all(1.6666665459e-1f));
  p = vf_fma(p, r, vf_all(5.0000001201e-1f));
  p = vf_fma(p, vf_mul(r, r), vf_add(r, vf_all(1)));
  vf result = vf_mul(p, vf_power_of_two(n));
  result = vf_where_less(x, vf_all(-87.0f), vf_all(0), result);
  return vf_where_less(vf_all(88.0f), x, vf_all(__builtin_inff()), result);
}

// e^x of what is at most 0, to 4 ulp; 0 below -87.7. Coefficients: least largest relative error on [-ln 2 / 2, ln 2 / 2].
INLINE vf vf_exp_negative(vf x) {
  vf bounded = vf_max(vf_all(-88.0f), x);
  vf n = vf_round(vf_mul(bounded, vf_all(1.44269504088896341f)));
  vf r = vf_fma(n, vf_all(-0.693147180559945f), bounded);
  vf p = vf_fma(r, vf_all(8.3125010133e-3f), vf_all(4.1890330613e-2f));
  p = vf_fma(p, r, vf_all(1.6667115688e-1f));
  p = vf_fma(p, r, vf_all(4.9999231100e-1f));
  p = vf_fma(p, r, vf_all(1));
  p = vf_fma(p, r, vf_all(1));
  return vf_mul(p, vf_power_of_two(n)); // -127, the least that n is, gives 0
}

// The lanes' sum, in one order for all instruction sets.
INLINE float vf_sum(vf v) {
  float s[16];
  vf_store(s, v);
  for (int width = 8; width; width /= 2)
    for (int i = 0; i < width; i++) s[i] += s[i + width];
  return s[0];
}
