"""Timely dataflow as a peer of `millstream bench` (engine/cli/src/bench/peer.rs has the protocol): programs in Rust, in rust/timely."""

from shared import rust_peer

if __name__ == "__main__":
    rust_peer.become("timely")
