"""The paths of the peer: all that django-oauth-toolkit brings, at the root."""

# mypy: ignore-errors
# Django is not in this project's environment.

from django.urls import include, path

urlpatterns = [path("", include("oauth2_provider.urls", namespace="oauth2_provider"))]
