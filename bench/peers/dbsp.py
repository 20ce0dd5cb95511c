"""DBSP as a peer of `millstream bench` (engine/cli/src/bench/peer.rs has the protocol): circuits in Rust, in rust/dbsp."""

from shared import rust_peer

if __name__ == "__main__":
    rust_peer.become("dbsp")
