"""Editorial pages: home, news, and standing pages such as privacy. Chinese and English are two trees of one site."""

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.images import get_image_model_string
from wagtail.models import Page, PageManager, PageQuerySet
from wagtail.search import index

from cms import figures
from core.time import today

# What editors may use: no embeds (they would load from other hosts), no italics (there are none in Chinese).
FEATURES = ["h2", "h3", "bold", "ol", "ul", "link", "document-link", "image", "hr"]
PER_PAGE = 20


class HomePage(Page):
    """The start page: who this is for, what is on this week, where the money goes, what is new."""

    heading = models.TextField(_("heading"), max_length=60, help_text=_("A new line begins a new line."))
    lede = models.TextField(_("in two sentences"), max_length=200)

    template = "cms/home_page.html"
    max_count_per_parent = 2
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = ["cms.NewsIndexPage", "cms.StandardPage"]
    content_panels = [*Page.content_panels, FieldPanel("heading"), FieldPanel("lede")]

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add what is on this week, the numbers of the loop and the latest news."""
        now = timezone.now()
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | {
            "week": figures.on_this_week(now),
            "numbers": figures.numbers(),
            "areas": figures.areas(),
            "ages": figures.ages(),
            "news": ArticlePage.objects.live().descendant_of(self).latest()[:3],
            "today": today(now),
        }


class ArticleQuerySet(PageQuerySet):
    """Words for articles."""

    def latest(self) -> Any:
        """Put the newest on top."""
        return self.order_by("-published_on", "-pk")


class NewsIndexPage(Page):
    """The list of articles, newest first."""

    template = "cms/news_index_page.html"
    max_count_per_parent = 1
    parent_page_types: ClassVar[list[str]] = ["cms.HomePage"]
    subpage_types: ClassVar[list[str]] = ["cms.ArticlePage"]

    class Meta:
        verbose_name = _("list of news")
        verbose_name_plural = _("lists of news")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add a page of articles."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        articles = ArticlePage.objects.live().child_of(self).latest()
        return context | {"articles": Paginator(articles, PER_PAGE).get_page(request.GET.get("page"))}


class ArticlePage(Page):
    """One piece of news, with a picture perhaps."""

    published_on = models.DateField(_("date"), default=timezone.localdate)
    summary = models.CharField(_("in one sentence"), max_length=200, blank=True)
    picture = models.ForeignKey(
        get_image_model_string(), models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    body = RichTextField(_("text"), features=FEATURES)

    objects = PageManager.from_queryset(ArticleQuerySet)()
    template = "cms/article_page.html"
    parent_page_types: ClassVar[list[str]] = ["cms.NewsIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("published_on"),
        FieldPanel("summary"),
        FieldPanel("picture"),
        FieldPanel("body"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")


class StandardPage(Page):
    """A standing page: privacy, rules for children's data, help, complaints."""

    summary = models.CharField(_("in one sentence"), max_length=200, blank=True)
    body = RichTextField(_("text"), features=FEATURES)

    template = "cms/standard_page.html"
    parent_page_types: ClassVar[list[str]] = ["cms.HomePage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]

    class Meta:
        verbose_name = _("standing page")
        verbose_name_plural = _("standing pages")
