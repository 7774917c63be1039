# Read by `make gdb`: stops where the program computes its first loss, and walks past the standard library's code.
set confirm off
set breakpoint pending on
set print pretty on
set print static-members off
skip -gfi /usr/include/*
skip -gfi /usr/include/c++/*/*
skip -gfi /usr/include/c++/*/*/*

# The first loss of any family; a program without one stops at its first gradient.
tbreak gantry::Minimax::discriminator
tbreak gantry::NonSaturating::discriminator
tbreak gantry::Wasserstein::discriminator
tbreak gantry::LeastSquares::discriminator
tbreak gantry::grad
run
