/* Shares: of the greatest of all accounts, of the account's own peak, of a cap, of a whole: scoring.plan.components.shares.
 */
#include "shapes.h"

/* 100 × signal / norm, or 100 × (1 - signal / norm) when inverse. */
double judge_share_of_max(const Basis *basis, const ComponentOf *component) {
    double signal = number_of(basis, component->a), greatest = norm_of(basis, component->b);
    if (isnan(signal) || isnan(greatest)) return NAN;
    double share = greatest > 0.0 ? 100.0 * signal / greatest : 0.0;
    return bounded(component->is_inverse ? 100.0 - share : share, 0.0);
}

/* 100 × signal / cap, within ±100. */
double judge_capped(const Basis *basis, const ComponentOf *component) {
    double signal = number_of(basis, component->a);
    return isnan(signal) ? NAN : bounded(100.0 * signal / component->x, -100.0);
}

/* 100 × signal / the account's own peak. */
double judge_vs_own_peak(const Basis *basis, const ComponentOf *component) {
    double signal = number_of(basis, component->a), peak = number_of(basis, component->b);
    return isnan(signal) || isnan(peak) || peak == 0.0 ? NAN : bounded(100.0 * signal / peak, 0.0);
}

/* 100 × signal / whole; with a key part, that counts `emphasis` times in both. */
double judge_ratio(const Basis *basis, const ComponentOf *component) {
    double part = number_of(basis, component->a);
    double whole = component->b < 0 ? component->x : number_of(basis, component->b);
    if (isnan(part) || isnan(whole) || whole <= 0.0) return NAN;
    if (component->c >= 0) {
        double key_whole = component->d < 0 ? component->y : number_of(basis, component->d);
        if (isnan(key_whole)) return NAN;
        double key = number_of(basis, component->c), more = component->z - 1.0;
        part += more * (isnan(key) ? 0.0 : key);
        whole += more * key_whole;
        if (whole <= 0.0) return NAN;
    }
    return bounded(100.0 * part / whole, 0.0);
}
