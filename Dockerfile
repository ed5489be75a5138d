# The image to copy paramexec from:
#
#     COPY --from=ghcr.io/OWNER/paramexec:0.1 /paramexec /usr/local/bin/
#
# scripts/release makes what is copied here, so the folder to build in is its dist/:
#
#     docker build -f Dockerfile --build-arg TARGETARCH=amd64 dist
FROM scratch
# BuildKit sets it for each platform; the legacy builder takes it as an argument.
ARG TARGETARCH
COPY paramexec-linux-${TARGETARCH} /paramexec
COPY LICENSE THIRD-PARTY-LICENSES /
ENTRYPOINT ["/paramexec"]
