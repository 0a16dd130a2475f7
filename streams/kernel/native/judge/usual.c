/* The judgement of a value against the account's own usual one: scoring.plan.components.usual. */
#include "shapes.h"

#define DISPERSION_MAX 16.0

/* The usual, and the prior times the dispersion, which counts as 1 when it is unknown. */
static void read_usual(Basis *basis, const ComponentOf *component) {
    if (basis->has_usual) return;
    basis->has_usual = true;
    basis->usual = number_of(basis, component->b);
    basis->prior = component->x;
    double dispersion = component->c < 0 ? NAN : number_of(basis, component->c);
    if (isnan(dispersion)) return;
    double raised = dispersion > 1.0 ? dispersion : 1.0;
    basis->prior *= raised < DISPERSION_MAX ? raised : DISPERSION_MAX;
}

/* Along a line at (signal + k) / (max(usual, least) + k), where k is the prior of the usual. */
double judge_vs_usual(Basis *basis, const ComponentOf *component) {
    double x = number_of(basis, component->a);
    read_usual(basis, component);
    if (isnan(x) || isnan(basis->usual)) return NAN;
    double k = basis->prior, least_usual = component->y;
    double whole = (least_usual > basis->usual ? least_usual : basis->usual) + k;
    return whole > 0.0 ? along(component->points, component->points_length, (x + k) / whole) : NAN;
}

/* usual / (usual + k); all without a prior. */
double usual_evidence(Basis *basis, const ComponentOf *component) {
    if (component->x == 0.0) return 1.0;
    read_usual(basis, component);
    return basis->usual > 0.0 ? basis->usual / (basis->usual + basis->prior) : 0.0;
}
