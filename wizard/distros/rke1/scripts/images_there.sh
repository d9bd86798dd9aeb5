#!/bin/sh
# images_there NAME...: for each image that Docker has: image=NAME and the digests of its layers as they are unpacked.
for name in "$@"; do
  layers=$(docker image inspect --format '{{range .RootFS.Layers}}{{.}} {{end}}' "$name" 2>/dev/null) &&
    echo "image=$name $layers"
done
true
