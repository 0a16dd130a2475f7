/* Forecasts on forks, for Python. */
#include "module.h"

#include "../judge/crossing.h"

/* (number of a fork that stands at the next change of tier, the evaluation before, its judgements, its evidence), or None
 */
static PyObject *crossing(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    int64_t until_ms;
    if (!has_arguments("crossing", given, 2, 2)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !instant_of(arguments[1], &until_ms)) return NULL;
    uint32_t components = kernel->plan->score_plans[0].components_length;
    double *numbers = take_memory(2 * (size_t)components, sizeof *numbers);
    Before before = {.judged = {.judgements = numbers, .evidence = numbers + components}};
    Fold fold = {kernel->plan, &kernel->past};
    Account *fork = account_fork(kernel->plan, account);
    PyObject *found;
    if (next_crossing(&fold, fork, &kernel->norm, until_ms, &before)) {
        found = Py_BuildValue("(NNNN)", number_for(kernel, fork), evaluation_of(&before.evaluation),
                              tuple_of_reals(before.judged.judgements, components),
                              tuple_of_reals(before.judged.evidence, components));
    } else {
        account_free(kernel->plan, fork);
        found = Py_NewRef(Py_None);
    }
    give_memory(numbers);
    return found;
}

PyMethodDef forecasting_methods[] = {
    {"crossing", (PyCFunction)(void (*)(void))crossing, METH_FASTCALL,
     "A fork at the next change of tier (number, until_ms), with the evaluation before; None for none."},
    {NULL, NULL, 0, NULL},
};
