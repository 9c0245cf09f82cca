# The base image is pinned by tag; for reproducible builds also pin its digest: FROM node:…@sha256:…
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Troupe" \
      org.opencontainers.image.description="A self-hosted WhatsApp gateway: every linked number is an actor" \
      org.opencontainers.image.licenses="MIT AND GPL-3.0-only"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data
WORKDIR /app

# The user of the gateway owns only the data folder, so the root file system can be read-only.
RUN install --directory --owner=1000 --group=1000 --mode=0700 /data
# Package managers are not needed at run time and would only help an intruder.
RUN rm -rf /opt/yarn-* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY bin ./bin
COPY src ./src
# For `docker exec troupe troupe keys …`.
RUN ln -s /app/bin/troupe /usr/local/bin/troupe

# Numeric, so that an orchestrator can verify that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# The command of `troupe serve` without its shell, which as process 1 would not forward signals. SIGTERM drains, which
# takes up to 25 s.
STOPSIGNAL SIGTERM
CMD ["node", "--disable-proto=delete", "src/main.ts", "serve"]
