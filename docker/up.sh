#!/bin/sh
# Starts the service of docker-compose.yml: makes the secrets where there are none (keep docker/secrets: without it neither
# the database nor what is sealed can be opened), builds the image, brings up the database, makes the first API key
# where there is none, and starts all of it. Doing it again changes nothing.
set -eu
cd "$(dirname "$0")/.."

secrets=docker/secrets
if [ ! -e "$secrets/redis_url" ]; then
    # The directory keeps others out; the files are bind-mounted as they are, and a container's user has to read them.
    (umask 077 && mkdir -p "$secrets")
    random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
    umask 022
    random >"$secrets/postgres_password"
    random >"$secrets/valkey_password"
    printf 'postgresql+psycopg://scrubber:%s@postgres/scrubber' "$(cat "$secrets/postgres_password")" >"$secrets/database_url"
    head -c 32 /dev/urandom | base64 >"$secrets/encryption_keys"
    printf 'redis://:%s@valkey:6379/0' "$(cat "$secrets/valkey_password")" >"$secrets/redis_url"
fi

docker compose build
docker compose run --rm migrate
if [ -z "$(docker compose run --rm --no-deps migrate keys list)" ]; then
    echo "The first API key. It is shown once; keep it where you keep passwords:"
    docker compose run --rm --no-deps migrate keys create --name first --scopes scrub,batch,report,rules,admin
fi
docker compose up --detach --wait
docker compose ps
