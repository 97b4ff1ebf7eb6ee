# The program in a container: a slim Python, the pinned packages, an ordinary user, its data in /data.

FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/otklik
COPY requirements.txt ./
RUN /opt/otklik/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY . .
RUN /opt/otklik/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
# The data and the secrets are this user's alone; the program cannot change its own code.
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin otklik \
    && install --directory --owner=otklik --group=otklik --mode=0700 /data
COPY --from=build /opt/otklik /opt/otklik
ENV PATH=/opt/otklik/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OTKLIK_HOST=0.0.0.0 \
    OTKLIK_PORT=8080 \
    OTKLIK_DATABASE_URL=sqlite:////data/otklik.db
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# Python, because the slim image has no curl. /healthz answers 503 also when the clock has stopped ticking.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['OTKLIK_PORT'] + '/healthz', timeout=4)"]
# SIGTERM finishes the turns at hand; what is queued stays in the database.
STOPSIGNAL SIGTERM
ENTRYPOINT ["otklik"]
CMD ["run"]
