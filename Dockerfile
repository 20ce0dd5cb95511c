# An image with nothing but the static command.
#
#   docker build --tag millstream .
#   docker run --rm --volume "$PWD:/data" millstream sql -q "SELECT * FROM 'bids.csv' LIMIT 5"
#
# Docker's default profile refuses io_uring; then threads do its work, and the command says so when asked
# (`--security-opt seccomp=unconfined` allows it).
FROM rust:1.95-bookworm AS build
WORKDIR /millstream
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/target \
    CARGO_TARGET_DIR=/target scripts/release --no-archive /dist && mkdir -m 1777 /dist/tmp

FROM scratch
COPY --from=build /dist/ /
WORKDIR /data
ENTRYPOINT ["/millstream"]
CMD ["--help"]
