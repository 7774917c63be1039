# Read by `make gdb`: stops where the program computes its first loss.
set confirm off
set breakpoint pending on
set print pretty on
set print static-members off

# The first loss of any family; a program without one stops at its first gradient. The others are deleted then.
tbreak gantry::Minimax::discriminator
tbreak gantry::NonSaturating::discriminator
tbreak gantry::Wasserstein::discriminator
tbreak gantry::LeastSquares::discriminator
tbreak gantry::grad
run
delete
