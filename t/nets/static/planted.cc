// Errors that each tool of t/nets/static/check.sh must find: an index beyond
// the array, and a value that does not fit.

int planted(int n)
{
    int array[4] = {n, n, n, n};
    short narrow = n;
    int* nobody = nullptr;
    return array[4] + narrow + *nobody;
}
