/* The judgement of a value against the account's own usual one: scoring.plan.components.usual. */
#include "shapes.h"

#define DISPERSION_MAX 16.0

/* The prior times the dispersion, which counts as 1 when it is unknown. */
static double prior_of(const Basis *basis, const ComponentOf *component) {
    double prior = component->x;
    double dispersion = component->c < 0 ? NAN : number_of(basis, component->c);
    if (isnan(dispersion)) return prior;
    double raised = dispersion > 1.0 ? dispersion : 1.0;
    return prior * (raised < DISPERSION_MAX ? raised : DISPERSION_MAX);
}

/* Along a line at (signal + k) / (max(usual, least) + k), where k is the prior of the usual. */
double judge_vs_usual(const Basis *basis, const ComponentOf *component) {
    double x = number_of(basis, component->a), usual = number_of(basis, component->b);
    if (isnan(x) || isnan(usual)) return NAN;
    double k = prior_of(basis, component), least_usual = component->y;
    double whole = (least_usual > usual ? least_usual : usual) + k;
    return whole > 0.0 ? along(component->points, component->points_length, (x + k) / whole) : NAN;
}

/* usual / (usual + k); all without a prior. */
double usual_evidence(const Basis *basis, const ComponentOf *component) {
    if (component->x == 0.0) return 1.0;
    double usual = number_of(basis, component->b);
    return usual > 0.0 ? usual / (usual + prior_of(basis, component)) : 0.0;
}
