// Samples of a generator that 04_gan_2d or 05_gan_mnist has trained: no data, no discriminator, no training.
//
//     z [n, latent]  --G, from its file-->  G(z)  --> origin + offset + scale G(z)     points
//                                                 --> (G(z) + 1) / 2                   pixels from 0 to 1
//
// The file holds the weights and, as text, what else is needed: the activations, and where the data lay. Writes z.npy,
// samples.npy and samples.png.
#include <array>
#include <iostream>
#include <stdexcept>

#include "examples/kit/data/csv.hpp"
#include "examples/kit/data/npy.hpp"
#include "examples/kit/run/options.hpp"
#include "examples/kit/show/figure.hpp"
#include "examples/kit/train/checkpoint.hpp"
#include "examples/kit/train/gan.hpp"

using namespace gantry;

static double number(const kit::Checkpoint& file, const std::string& name) {
    const auto value = kit::parse_number(file.text(name));
    if (!value) throw std::runtime_error(file.file + ": its \"" + name + "\" is \"" + file.text(name) + "\"");
    return *value;
}

static Mlp network(const kit::Checkpoint& file) {
    try {
        return Mlp::from(file.text("G"), file.tensors);
    } catch (const std::invalid_argument& error) {
        throw std::runtime_error(file.file + ": is no generator: " + error.what());
    }
}

// x to the data's units, but for the origin, which write_npy adds in double; and a picture of the first 2,000.
static Tensor points(const Tensor& x, const kit::Checkpoint& file, const std::string& picture) {
    const Tensor offset = tensor({2}, {Real(number(file, "offset x")), Real(number(file, "offset y"))});
    const Tensor y = x * number(file, "scale") + slice(offset, 0, 0, x.shape()[1]);
    kit::Figure figure(1, 1);
    figure.panel(0, 0).scatter("generated", slice(y, 0, 0, std::min<Index>(2000, y.shape()[0])), kit::vermilion);
    figure.write(picture);
    return y;
}

static Tensor pictures(const Tensor& x, const kit::Checkpoint& file, const std::string& picture) {
    const Tensor shown = slice(x, 0, 0, std::min<Index>(64, x.shape()[0]));
    kit::write_image_grid(picture, shown, 8, 8, 3, file.number("rows"), file.number("columns"));
    return (x + 1) / 2;
}

static void body(kit::Options& options) {
    std::string path = "runs/04_gan_2d/G.safetensors";
    Index samples = 2500;
    options.text("--generator", path, "a G.safetensors of 04_gan_2d or 05_gan_mnist");
    options.integer("--samples", samples, kit::between(1, 1e6), "how many");
    options.parse();

    const kit::Checkpoint file = kit::load_checkpoint(path);
    const Mlp G = network(file);
    options.begin_run({{"generator", path}, {"G", G.str()}, {"trained by", file.text("command")}});

    Random rng(options.seed());
    const Tensor z = rng.normal({samples, G.layers()[0].W.shape()[1]});
    const Tensor x = [&] {
        NoRecording guard;
        return G(z);
    }();
    kit::write_npy(options.out("z.npy"), z);
    const std::string picture = options.out("samples.png").string();
    if (file.texts.contains("rows")) {
        kit::write_npy(options.out("samples.npy"), pictures(x, file, picture));
    } else {
        const std::array origin = {number(file, "origin x"), number(file, "origin y")};
        kit::write_npy(options.out("samples.npy"), points(x, file, picture), origin);
    }
    std::cout << "wrote z.npy, samples.npy and samples.png in " << options.out("").string() << "\n";
}

int main(int argc, char** argv) { return kit::run_program(argc, argv, "draws samples of a trained generator", body); }
