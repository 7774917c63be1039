// Blocks of numbers, recycled.
//
// A training step asks for the same sizes again and again. A block that nobody uses any more goes to a free list for
// its size class (the next power of two) and is handed out again, so that after the second step of a training loop no
// block is asked of the system: made_blocks() stops growing.
//
// Each block remembers when it was last modified, by a clock that counts modifications. An operation notes the time at
// which it was recorded; reverse mode refuses to differentiate numbers that were changed since.
//
// Rules: a Storage is a handle (copies share the block); only one thread may use storages, only kernels are parallel.
// What it does not do: give memory back before the program ends, unless release_free_blocks() is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/real.hpp"

namespace gantry {

class Storage {
  public:
    Storage() = default;
    explicit Storage(Index size);  // the numbers are not initialised
    Storage(const Storage& other);
    Storage(Storage&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    Storage& operator=(Storage other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~Storage();

    Real* data() const { return block_ ? block_->numbers : nullptr; }
    std::uint64_t modified_at() const { return block_->modified_at; }
    void mark_modified() { block_->modified_at = ++clock; }
    static std::uint64_t now() { return clock; }
    bool is_shared() const { return block_->owners > 1; }

    static Index made_blocks();  // blocks asked of the system since the program began
    static Index used_blocks();  // blocks that some tensor holds now
    static Index held_bytes();   // memory of all blocks, used and free
    static void release_free_blocks();

  private:
    struct Block {
        Real* numbers;   // 64-byte aligned, for the widest vector registers
        int size_class;  // room for 2^size_class numbers
        int owners = 0;
        std::uint64_t modified_at = 0;
        Block* next_free = nullptr;
    };
    friend struct Pool;
    static inline std::uint64_t clock = 0;  // modifications of all blocks since the program began
    Block* block_ = nullptr;
};

/// For the small objects of the graph, which come and go with every operation: what derives from it takes its memory
/// from lists of its own, as the numbers do. The C library's lists are short, and a whole step is freed at once.
struct Recycled {
    static void* operator new(std::size_t bytes);
    static void operator delete(void* memory, std::size_t bytes);
};

}  // namespace gantry
