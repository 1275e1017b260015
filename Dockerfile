# The site in one image; docker-compose.yml runs it as web server, worker and scheduler.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/data STATIC_ROOT=/app/static-files \
    DJANGO_SETTINGS_MODULE=marketplace.settings.production
RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --no-create-home --shell /usr/sbin/nologin app
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
RUN python bin/messages.py \
    && DJANGO_SETTINGS_MODULE=marketplace.settings.demo python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p /data && chown app:app /data
USER app
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", "--blocking-threads", "4", "--workers-kill-timeout", "8", "marketplace.wsgi:application"]
