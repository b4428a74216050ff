# humasbot in a container: one process, not root, everything it keeps in /data.
#
#   docker build --tag humasbot .
#   mkdir -p kantor && sudo chown 10001 kantor
#   docker run --rm -it -v "$PWD/kantor:/data" humasbot init
#   docker run -d --name humasbot -v "$PWD/kantor:/data" humasbot
#
# Python and Debian are those that the tests run on. tests/test_packaging.py runs the commands of the first stage.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY content_templates ./content_templates
COPY humasbot ./humasbot
RUN python -m pip wheel --no-deps --wheel-dir /wheels .
RUN python -m venv /opt/humasbot
# A fleet needs one more: --build-arg EXTRAS=fleet,alerts,connect
ARG EXTRAS=postgresql,connect,alerts,agenda,xlsx,web,cards-fast
RUN /opt/humasbot/bin/python -m pip install --constraint constraints.txt "$(ls /wheels/humasbot-*.whl)[$EXTRAS]"

FROM python:3.11.14-slim-bookworm
# libfribidi0 shapes Arabic, Javanese and Balinese on cards; the fonts are for emoji; the client is for `humasbot backup`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-color-emoji libfribidi0 postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin humasbot \
    && install --directory --owner=10001 --group=10001 /data
COPY --from=build /opt/humasbot /opt/humasbot
ENV PATH=/opt/humasbot/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 HUMASBOT_CONFIG=/data/humasbot.toml
WORKDIR /data
VOLUME /data
USER 10001:10001
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["humasbot", "health"]
ENTRYPOINT ["humasbot"]
CMD ["daemon"]
