#include "core/storage.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>
#include <new>

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

    static Index bytes_of(int size_class) { return Index(sizeof(Real)) << size_class; }

    Storage::Block* take(Index size) {
        const int fitting = std::bit_width(std::uint64_t(std::max<Index>(size, 1) - 1));
        const int size_class = std::max(fitting, smallest);
        if (size_class >= classes) throw std::bad_alloc();
        Storage::Block* block = free[size_class];
        if (block) {
            free[size_class] = block->next_free;
            mark(*block, true);
        } else {
            void* numbers = std::aligned_alloc(64, bytes_of(size_class));
            if (!numbers) throw std::bad_alloc();
            block = new Storage::Block{static_cast<Real*>(numbers), size_class};
            ++made;
            bytes += bytes_of(size_class);
        }
        block->owners = 1;
        block->modified_at = 0;
        ++used;
        return block;
    }

    void give_back(Storage::Block* block) {
        block->next_free = free[block->size_class];
        free[block->size_class] = block;
        --used;
        mark(*block, false);
    }

    void release() {
        for (Storage::Block*& first : free) {
            while (first) {
                Storage::Block* block = first;
                first = block->next_free;
                bytes -= bytes_of(block->size_class);
                mark(*block, true);
                std::free(block->numbers);
                delete block;
            }
        }
    }

    // Recycling would hide a use after release from the address sanitizer, so it is told what is in use.
    static void mark([[maybe_unused]] Storage::Block& block, [[maybe_unused]] bool usable) {
#ifdef __SANITIZE_ADDRESS__
        (usable ? __asan_unpoison_memory_region : __asan_poison_memory_region)(block.numbers,
                                                                               bytes_of(block.size_class));
#endif
    }
};

// Never destroyed: a tensor in a global variable may outlive any global pool.
static Pool& pool() {
    static Pool* the_pool = new Pool;
    return *the_pool;
}

// ----------------------------------------------------------------------------------------- small objects

// A free piece of memory holds the address of the next free piece of its size. List i has the pieces of 16 i bytes.
static void* free_pieces[16] = {};
static void* next_piece(void* piece) { return *static_cast<void**>(piece); }

#ifdef __SANITIZE_ADDRESS__
static constexpr std::size_t lists = 0;  // the address sanitizer has to see every object come and go
#else
static constexpr std::size_t lists = std::size(free_pieces);
#endif

void* Recycled::operator new(std::size_t bytes) {
    const std::size_t list = (bytes + 15) / 16;
    if (list >= lists || !free_pieces[list]) return ::operator new(16 * list);
    return std::exchange(free_pieces[list], next_piece(free_pieces[list]));
}

void Recycled::operator delete(void* memory, std::size_t bytes) {
    const std::size_t list = (bytes + 15) / 16;
    if (list >= lists) return ::operator delete(memory);
    new (memory) void*(std::exchange(free_pieces[list], memory));
}

// ----------------------------------------------------------------------------------------- handles

Storage::Storage(Index size) : block_(pool().take(size)) {}

Storage::Storage(const Storage& other) : block_(other.block_) {
    if (block_) ++block_->owners;
}

Storage::~Storage() {
    if (block_ && --block_->owners == 0) pool().give_back(block_);
}

Index Storage::made_blocks() { return pool().made; }
Index Storage::used_blocks() { return pool().used; }
Index Storage::held_bytes() { return pool().bytes; }
void Storage::release_free_blocks() {
    pool().release();
    for (void*& first : free_pieces) {
        while (first) ::operator delete(std::exchange(first, next_piece(first)));
    }
}

}  // namespace gantry
