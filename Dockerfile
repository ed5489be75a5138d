# The image to copy paramexec from:
#
#     COPY --from=ghcr.io/OWNER/paramexec:0.1 /paramexec /usr/local/bin/
#
# scripts/release makes the copied files, so build in its folder dist/:
#
#     docker build -f Dockerfile --build-arg TARGETARCH=amd64 dist
FROM scratch
# BuildKit sets it for each platform. Pass it to the legacy builder as an argument.
ARG TARGETARCH
COPY paramexec-linux-${TARGETARCH} /paramexec
COPY LICENSE THIRD-PARTY-LICENSES /
ENTRYPOINT ["/paramexec"]
