#include "core/storage.hpp"

#include <bit>
#include <cstdlib>
#include <new>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace gantry {

// One list of free blocks for each size class.
struct Pool {
    static constexpr int classes = 48;
    static constexpr int smallest = 4;  // 16 numbers, one cache line of floats
    Storage::Block* free[classes] = {};
    Index made = 0;
    Index used = 0;
    Index bytes = 0;

    static Index bytes_of(int size_class) { return static_cast<Index>(sizeof(Real)) << size_class; }

    Storage::Block* take(Index size) {
        int size_class = std::bit_width(static_cast<std::uint64_t>(size > 0 ? size - 1 : 0));
        if (size_class < smallest) size_class = smallest;
        if (size_class >= classes) throw std::bad_alloc();
        Storage::Block* block = free[size_class];
        if (block) {
            free[size_class] = block->next_free;
            mark_usable(*block);
        } else {
            block = make(size_class);
        }
        block->owners = 1;
        block->version = 0;
        ++used;
        return block;
    }

    void give_back(Storage::Block* block) {
        block->next_free = free[block->size_class];
        free[block->size_class] = block;
        --used;
        mark_unusable(*block);
    }

    Storage::Block* make(int size_class) {
        void* numbers = std::aligned_alloc(64, static_cast<std::size_t>(bytes_of(size_class)));
        if (!numbers) throw std::bad_alloc();
        ++made;
        bytes += bytes_of(size_class);
        return new Storage::Block{static_cast<Real*>(numbers), size_class, 1, 0, nullptr};
    }

    void release() {
        for (Storage::Block*& first : free) {
            while (first) {
                Storage::Block* block = first;
                first = block->next_free;
                bytes -= bytes_of(block->size_class);
                mark_usable(*block);
                std::free(block->numbers);
                delete block;
            }
        }
    }

    // Recycling would hide a use after release from the address sanitizer, so it is told.
#ifdef __SANITIZE_ADDRESS__
    static void mark_usable(Storage::Block& b) { __asan_unpoison_memory_region(b.numbers, bytes_of(b.size_class)); }
    static void mark_unusable(Storage::Block& b) { __asan_poison_memory_region(b.numbers, bytes_of(b.size_class)); }
#else
    static void mark_usable(Storage::Block&) {}
    static void mark_unusable(Storage::Block&) {}
#endif
};

// Never destroyed: a tensor in a global variable may outlive any global pool.
static Pool& pool() {
    static Pool* the_pool = new Pool;
    return *the_pool;
}

Storage::Storage(Index size) : block_(pool().take(size)) {}

Storage::Storage(const Storage& other) : block_(other.block_) {
    if (block_) ++block_->owners;
}

Storage::Storage(Storage&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}

Storage& Storage::operator=(Storage other) noexcept {
    std::swap(block_, other.block_);
    return *this;
}

Storage::~Storage() {
    if (block_ && --block_->owners == 0) pool().give_back(block_);
}

Index Storage::made_blocks() { return pool().made; }

Index Storage::used_blocks() { return pool().used; }

Index Storage::held_bytes() { return pool().bytes; }

void Storage::release_free_blocks() { pool().release(); }

}  // namespace gantry
