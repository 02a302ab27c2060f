#!/bin/sh
exec sleep 5
