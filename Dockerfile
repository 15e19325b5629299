# Lectern in a container: `docker build -t lectern . && docker run --rm -p 7860:7860 lectern`.
FROM python:3.12-slim

# A user of its own; the cache is there so that a volume mounted on it belongs to this user.
RUN useradd --create-home --uid 1000 lectern
USER 1000
WORKDIR /home/lectern/app
RUN mkdir /home/lectern/.cache
ENV PATH=/home/lectern/.local/bin:$PATH \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    PYTHONUNBUFFERED=1

# The requirements alone first: a change of the code fetches nothing anew. All by its hash but torch,
# of which this is the CPU build: the other brings several GB of libraries for NVIDIA cards.
COPY --chown=1000 requirements.lock .
RUN pip install --no-cache-dir --user --no-deps --require-hashes -r requirements.lock \
    && pip install --no-cache-dir --user "torch>=2.9,<2.14" \
    --index-url https://download.pytorch.org/whl/cpu
COPY --chown=1000 . .

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
CMD ["python", "app.py"]
