# syntax=docker/dockerfile:1
# mockbot in a container: docker build -t mockbot . && docker run --rm -p 127.0.0.1:6185:6185 mockbot

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE openapi.json ./
COPY contracts contracts
COPY fixtures fixtures
COPY mockbot mockbot
# the environment has no pip of its own; nothing of this stage but the environment goes on
RUN python -m venv --without-pip /opt/mockbot && pip --python /opt/mockbot/bin/python install --no-cache-dir .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="mockbot" \
      org.opencontainers.image.description="A stand-in and reference server for AstrBot's Open API" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/mockbot /opt/mockbot
# in a container the network is the way in; what of it is open to whom is said with `docker run -p`
ENV PATH=/opt/mockbot/bin:$PATH MOCKBOT_HOST=0.0.0.0
# fixtures and scripts are named from here: --fixture world.yaml is /fixtures/world.yaml
VOLUME /fixtures
WORKDIR /fixtures
USER 10001:10001
EXPOSE 6185
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=6s --start-period=30s --start-interval=1s CMD ["mockbot", "health"]
ENTRYPOINT ["mockbot"]
CMD ["serve"]
