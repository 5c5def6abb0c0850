// Read documents with the readers of other people and print what they saw, one JSON line each.
// usage: node read.mjs FILE... ; a file's suffix says its format
import { readFileSync } from 'node:fs'
import { parseFeed } from 'feedsmith'
import RssParser from 'rss-parser'

const first = (value) => (Array.isArray(value) ? value[0] : value)
const text = (value) => (value && typeof value === 'object' ? (value.value ?? value._) : value)

function bySmith(source) {
  const { format, feed } = parseFeed(source)
  const items = feed.items ?? feed.entries ?? []
  return items.map((item) => ({
    id: item.guid?.value ?? item.id,
    title: text(item.title),
    link: item.link ?? item.url ?? item.links?.find((link) => (link.rel ?? 'alternate') === 'alternate')?.href,
    published: item.pubDate ?? item.published ?? item.date_published,
    categories: (item.categories ?? item.tags ?? []).map((each) => each.name ?? each.label ?? each.term ?? each),
    authors: (item.dc?.creators ?? item.authors ?? []).map((each) => each.name ?? each),
    content: text(item.content?.encoded ?? item.content ?? item.content_html ?? item.description),
    format,
  }))
}

async function byParser(source) {
  const feed = await new RssParser().parseString(source)
  return feed.items.map((item) => ({
    id: item.guid ?? item.id,
    title: item.title,
    link: item.link,
    published: item.isoDate,
    content: item['content:encoded'] ?? item.content,
  }))
}

for (const file of process.argv.slice(2)) {
  const source = readFileSync(file, 'utf-8')
  const seen = { file, feedsmith: bySmith(source) }
  if (!file.endsWith('.json')) seen['rss-parser'] = await byParser(source)
  console.log(JSON.stringify(seen))
}
