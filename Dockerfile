# One image for every process: the word after the image's name chooses it (deploy/start.py), `gateway` unless said.
# No HEALTHCHECK: Kubernetes has its own probes, and compose.yaml asks at the same paths.

ARG PYTHON=python:3.11.14-slim-bookworm

FROM ${PYTHON} AS libraries
WORKDIR /build
COPY requirements.lock .
RUN python -m venv --without-pip /libraries \
    && pip --python /libraries/bin/python install --no-cache-dir --disable-pip-version-check --only-binary :all: \
       --require-hashes --requirement requirements.lock

FROM ${PYTHON} AS common
ENV PATH=/libraries/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    UVICORN_HOST=0.0.0.0 \
    UVICORN_PORT=8000
WORKDIR /folkmoot
COPY --from=libraries /libraries /libraries
COPY contracts contracts
COPY guidelines guidelines
COPY chassis chassis
COPY services services
COPY gateway gateway
COPY deploy/*.py deploy/
RUN python -m compileall -q . && python -c "import gateway.app, deploy.prepare"
USER 10001:10001
EXPOSE 8000

# The issuer that believes everyone, for trying things out: compose.yaml and the local overlay. Never ship this one.
FROM common AS development
COPY deploy/local deploy/local
ENTRYPOINT ["uvicorn", "--factory", "deploy.local.issuer:app"]

FROM common
ENTRYPOINT ["python", "-m", "deploy.start"]
CMD ["gateway"]
